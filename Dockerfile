FROM node:22-bookworm-slim AS build
WORKDIR /dipper
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.src.json ./
COPY src src
COPY web web
RUN npx tsc -p tsconfig.src.json && npm run build:web && find dist -name '*.map' -delete

FROM node:22-bookworm-slim AS dependencies
WORKDIR /dipper
COPY package.json package-lock.json ./
# Maps and type declarations are for developers.
RUN npm ci --omit=dev --no-audit --no-fund \
  && find node_modules \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM node:22-bookworm-slim
ENV NODE_ENV=production
# Client certificates are judged by `openssl verify`.
RUN apt-get update && apt-get install -y --no-install-recommends openssl && rm -rf /var/lib/apt/lists/*
WORKDIR /dipper
COPY --from=dependencies /dipper/node_modules node_modules
COPY --from=build /dipper/dist dist
COPY package.json LICENSE ./
COPY config config
COPY migrations migrations
# The image's own user `node`, by number, so that a cluster can tell it is not root.
USER 1000
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.DIPPER_PORT || 4000) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/main.js"]
CMD ["serve"]

import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { exampleTabs } from './example-tabs.js';
import { fetchGraphql } from './fetch-graphql.js';
import { SignIn } from './sign-in.js';

createRoot(document.getElementById('root')!).render(
  <GraphiQL fetcher={fetchGraphql} defaultTabs={exampleTabs}>
    <GraphiQL.Logo>
      dipper
      <SignIn />
    </GraphiQL.Logo>
  </GraphiQL>,
);

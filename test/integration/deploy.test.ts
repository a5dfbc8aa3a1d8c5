import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ask } from '../support/ask.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];
const read = (file: string) => readFileSync(new URL(`../../deploy/${file}`, import.meta.url), 'utf8');

interface Rule { alert: string; expr: string; for?: string; labels: { severity: string }; annotations: { summary: string; description: string } }
const rules = (parse(read('prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
interface Panel { title: string; type: string; targets?: { expr: string; legendFormat: string }[] }
const dashboard = JSON.parse(read('grafana/dipper.json')) as { templating: { list: { name: string; query: string | { query: string } }[] }; panels: Panel[] };
/** As Grafana fills them in. */
const filled = (expr: string) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.*');
const targets = dashboard.panels.flatMap(({ title, targets: of = [] }) => of.map(({ expr, legendFormat }) => ({ title, expr: filled(expr), legend: legendFormat })));

/** Labels of each metric that dipper tells, and their values, as /metrics of a real serve and a real sync have them; `job` and `instance` are Prometheus' own. */
const metrics = new Map<string, Map<string, Set<string>>>([['up', new Map()]]);

beforeAll(async () => {
  await ask(stack.urls.dipper, '{ mirror { state } }');
  await ask(stack.urls.dipper, '{ rses(expression: "") { name } }'); // an error, for its label
  for (const url of [stack.urls.dipper, stack.urls.sync]) {
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const [, name, labels = ''] of text.matchAll(/^([a-z_0-9]+)(?:\{(.*)\})? \S+$/gm)) {
      const known = metrics.get(name!) ?? new Map<string, Set<string>>();
      metrics.set(name!, known);
      for (const [, label, value] of labels.matchAll(/([a-z_]+)="([^"]*)"/g)) known.set(label!, (known.get(label!) ?? new Set()).add(value!));
    }
  }
  for (const labels of metrics.values()) for (const label of ['job', 'instance']) labels.set(label, new Set());
});

/** Words whose values are all told, also those that do not hold now. */
const closed = new Set(['state', 'status', 'op', 'table']);

/** What an expression names that is not there. */
function faults(expr: string, shown: readonly string[] = []): string[] {
  const found: string[] = [];
  const text = ({ from, to }: { from: number; to: number }) => expr.slice(from, to);
  const labelsOf = new Set<string>();
  const named: string[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type.isError) found.push(`does not parse at ${node.from}: ${expr.slice(node.from, node.from + 20)}`);
    if (node.name === 'VectorSelector') {
      const name = text(node.getChild('Identifier') ?? node);
      const labels = metrics.get(name);
      if (!labels) found.push(`there is no metric ${name}`);
      for (const label of labels?.keys() ?? []) labelsOf.add(label);
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      for (const matcher of matchers) {
        const [label, operator, value] = [text(matcher.getChild('LabelName')!), text(matcher.getChild('MatchOp')!), text(matcher.getChild('StringLiteral')!).slice(1, -1)];
        const values = labels?.get(label);
        if (!values) found.push(`${name} has no label ${label}`);
        else if (operator === '=' && closed.has(label) && !values.has(value)) found.push(`${name} has no ${label} ${value}`);
      }
    }
    if (node.name === 'GroupingLabels') named.push(...node.getChildren('LabelName').map(text));
    for (let child = node.firstChild; child; child = child.nextSibling) visit(child);
  };
  visit(parser.parse(expr).topNode);
  return [...found, ...[...named, ...shown].filter((label) => !labelsOf.has(label)).map((label) => `no metric of it has a label ${label}`)];
}

const shownIn = (template: string) => [...template.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, label]) => label!);

describe('the check itself', () => {
  it.each([
    ['sum(rate(dipper_graphql_errors_total{code="X"}[5m])) / 2 > 0.5 and on (job) up == 1', []],
    ['dipper_nothing > 0', ['there is no metric dipper_nothing']],
    ['sum by (codes) (dipper_graphql_errors_total{kode="X"})', ['dipper_graphql_errors_total has no label kode', 'no metric of it has a label codes']],
    ['dipper_mirror_state{state="STAYL"}', ['dipper_mirror_state has no state STAYL']],
    ['sum(rate(dipper_graphql_errors_total[5m])', [expect.stringMatching(/^does not parse/)]],
  ])('%s', (expr, wrong) => { expect(faults(expr)).toEqual(wrong); });
});

describe('alerts', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s asks for what there is, and says what it means', (_name, { expr, labels, annotations }) => {
    expect(faults(expr, [...shownIn(annotations.summary), ...shownIn(annotations.description)])).toEqual([]);
    expect(labels.severity).toMatch(/^(critical|warning)$/);
  });

  it('have names of their own', () => { expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length); });
});

describe('the dashboard', () => {
  it.each(targets.map((target) => [`${target.title}: ${target.legend}`, target] as const))('%s', (_title, { expr, legend }) => {
    expect(faults(expr, shownIn(legend))).toEqual([]);
  });

  it('has its rows, shows each metric of the mirror and of sync, and lets one choose the data source', () => {
    expect(dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual(expect.arrayContaining(['Freshness', 'Sync', 'Queries', 'Live cache', 'Crawl']));
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job']);
    const all = targets.map(({ expr }) => expr).join(' ');
    const own = [...metrics.keys()].filter((name) => /^dipper_(mirror|sync)_/.test(name)).map((name) => name.replace(/_(sum|count|bucket)$/, '_bucket'));
    expect(own.filter((name) => !all.includes(name))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { evaluateRseExpression, parseRseExpression, type RseFacts } from '../../../src/domain/rse-expression.js';

function rse(name: string, attributes: RseFacts['attributes'], columns: RseFacts['columns'] = {}): RseFacts {
  return { name, attributes: { [name]: true, ...attributes }, columns: { deterministic: true, availability_write: true, rse_type: 'DISK', city: null, ...columns } };
}

const rses = [
  rse('PIC', { OFFSITE: 'true', site: 'PIC', tier: '1', flag: 'TRUE' }),
  rse('PIC-TAPE', { OFFSITE: true, site: 'PIC', QOS: 'TAPE', flag: false }, { rse_type: 'TAPE', availability_write: false }),
  rse('CSCS', { OFFSITE: true, tier: '2.5', num: '1000.0' }),
  rse('DESY', { OFFSITE: true, tier: 'abc', none: null }),
  rse('LA-PALMA', { ONSITE: true, tier: ' -3 ' }, { deterministic: false, city: 'Garafia' }),
];

function picked(text: string): string {
  return [...evaluateRseExpression(parseRseExpression(text), rses)].sort().join(' ');
}

describe('evaluateRseExpression', () => {
  // What Rucio 41.5.1 answered for the same attributes.
  it.each([
    ['*', 'CSCS DESY LA-PALMA PIC PIC-TAPE'],
    ['PIC', 'PIC'],
    ['pic', ''],
    ['OFFSITE', 'CSCS DESY PIC PIC-TAPE'],
    ['OFFSITE=TRUE', 'CSCS DESY PIC PIC-TAPE'],
    ['OFFSITE=1', ''],
    ['OFFSITE>0', 'CSCS DESY PIC PIC-TAPE'],
    ['flag', 'PIC'],
    ['flag=false', 'PIC-TAPE'],
    ['flag<1', 'PIC-TAPE'],
    ['site=PIC', 'PIC PIC-TAPE'],
    ['tier=2', ''],
    ['tier>0', 'CSCS PIC'],
    ['tier<2', 'LA-PALMA PIC'],
    ['tier<1_0', 'CSCS LA-PALMA PIC'],
    ['tier<inf', 'CSCS LA-PALMA PIC'],
    ['tier>-Infinity', 'CSCS LA-PALMA PIC'],
    ['tier<nan', ''],
    ['tier>abc', ''],
    ['tier<1__0', ''],
    ['num>1e2', 'CSCS'],
    ['num=1000', ''],
    ['none<1', ''],
    ['none', ''],
    ['PIC|CSCS\\PIC', 'CSCS'],
    ['PIC|(CSCS\\PIC)', 'CSCS PIC'],
    ['CSCS|OFFSITE&tier=1', 'PIC'],
    ['*\\OFFSITE', 'LA-PALMA'],
    ['((PIC)|((CSCS)))&(*)', 'CSCS PIC'],
    ['rse=PIC', 'PIC'],
    ['rse_type=TAPE', 'PIC-TAPE'],
    ['deterministic=FALSE', 'LA-PALMA'],
    ['deterministic>0', ''],
    ['availability_write', 'CSCS DESY LA-PALMA PIC'],
    ['availability_write=0', 'PIC-TAPE'],
    ['city=Garafia', 'LA-PALMA'],
    ['_=1', ''],
    ['-.-=-', ''],
    ['toString', ''],
    ['__proto__=x', ''],
  ])('%s picks "%s"', (text, names) => {
    expect(picked(text)).toBe(names);
  });

  it('says so where a column is not known', () => {
    expect(() => picked('*|vo=def')).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', message: 'An RSE expression cannot compare vo here.' }));
  });

  it('takes the longest chain of operators', () => {
    expect(picked(`${'A|'.repeat(1498)}PIC`)).toBe('PIC');
  });
});

describe('parseRseExpression', () => {
  it.each([
    '', ' ', ' PIC', 'PIC ', 'PIC\n', '()', '(PIC', 'PIC)', ')PIC(', 'PIC|', '|PIC', 'PIC||CSCS', '*PIC', 'PIC*', '**', 'PIC(CSCS)', '(PIC)(CSCS)', '(PIC)CSCS', 'A=B=C', 'A=', '=B',
    'A.B', 'A_', '_A', 'A__B', 'A=1.5', 'A<=1', 'A!=1', 'A;B', 'Ä', 'PIC,CSCS', 'PIC/CSCS',
    'deterministic=foo', 'rse_type=disk', 'rse_type', 'rse', 'city', 'latitude=5', 'id', 'created_at=2026', 'availability=7',
    `${'('.repeat(101)}A${')'.repeat(101)}`, 'A'.repeat(3001),
  ])('refuses %j', (text) => {
    expect(() => parseRseExpression(text)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });

  it('tells where it stopped', () => {
    expect(() => parseRseExpression('PIC|&CSCS')).toThrow('The RSE expression is wrong at character 5: an RSE, an attribute, * or ( is missing.');
    expect(() => parseRseExpression('PIC)')).toThrow('The RSE expression is wrong at character 4: no parenthesis is open.');
  });

  it.each(['A'.repeat(3000), '.'.repeat(3000), 'A-'.repeat(1500), 'A_B-'.repeat(750), '('.repeat(3000), `${'A=A|'.repeat(749)}A=.`])('stays quick on hostile text %#', (text) => {
    const start = performance.now();
    try {
      parseRseExpression(text);
    } catch (error) {
      expect(error).toMatchObject({ code: 'BAD_USER_INPUT' });
    }
    expect(performance.now() - start).toBeLessThan(500);
  });
});

import { people } from './people.js';

const escape = (text: string) => text.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);

const page = (title: string, body: string) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title>
<style>body { font: 16px sans-serif; max-width: 26em; margin: 4em auto } input, button { font: inherit; padding: .3em; margin: .3em 0; display: block }</style>
<h1>${escape(title)}</h1>${body}</html>`;

export const loginPage = (action: string, failed: boolean): string => page('Sign in', `${failed ? '<p role="alert">That is not right.</p>' : ''}
<form method="post" action="${escape(action)}"><label>Name <input name="name" autofocus required></label><label>Password <input name="password" type="password" required></label><button>Sign in</button></form>
<p>For trying things out; the password is the name.</p><ul>${Object.entries(people).map(([name, { what }]) => `<li>${name} ${what}</li>`).join('')}</ul>`);

/** `form` is the issuer's own, with the field for the code in it. */
export const codePage = (form: string, failed: boolean): string => page('Enter the code', `${failed ? '<p role="alert">That is not right.</p>' : ''}${form}<button type="submit" form="op.deviceInputForm">Go on</button>`);

export const confirmPage = (form: string, client: string, code: string): string => page('Is this your code?', `<p>${escape(client)} shows <code>${escape(code)}</code>.</p>${form}
<button type="submit" form="op.deviceConfirmForm">Yes</button><button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">No</button>`);

export const donePage = (): string => page('Signed in', '<p>You can close this page and go back to the terminal.</p>');

export const errorPage = (text: string): string => page('That did not work', `<p>${escape(text)}</p>`);

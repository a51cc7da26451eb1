// Where the page starts: with the token of a link, which must leave the address before anything else happens.
import { render } from 'preact';
import { App } from './app.tsx';

const TOKEN = /^#token=([\w-]+)$/;
const place = document.getElementById('app');
if (!place) throw new Error('index.html has an element #app');

const token = TOKEN.exec(location.hash)?.[1];
// It must not stay in the history.
if (token !== undefined) history.replaceState(undefined, '', '/#/');
// A link opened in a tab that has this page already changes nothing but the part behind the #.
addEventListener('hashchange', () => {
  if (TOKEN.test(location.hash)) location.reload();
});
render(<App token={token} />, place);

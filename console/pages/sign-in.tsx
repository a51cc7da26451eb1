// What somebody sees who has no session: how to get one.
import { useTitle } from '../hooks.ts';
import { Copied } from '../parts/copied.tsx';

export function SignInPage({ linkWasTried }: { readonly linkWasTried: boolean }) {
  useTitle('Sign in');
  return (
    <main class="sign-in">
      <h1>{linkWasTried ? 'This link is used up' : 'Sign in to Slipway'}</h1>
      <p>
        {linkWasTried
          ? 'A link signs in one browser, once, within ten minutes. Get a new one in a terminal, in the folder of the server:'
          : 'Get a link that signs this browser in. In a terminal, in the folder of the server:'}
      </p>
      <p>
        <Copied text="npx slipway console" />
      </p>
    </main>
  );
}

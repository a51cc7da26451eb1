// What somebody sees who has no session: how to get one.
import { useTitle } from '../hooks.ts';
import { Copied } from '../parts/copied.tsx';

interface SignInPageProps {
  readonly linkWasTried: boolean;
  /** Of the account's server that was looked at, if one was. */
  readonly endpoint: string | undefined;
}

export function SignInPage({ linkWasTried, endpoint }: SignInPageProps) {
  useTitle('Sign in');
  const command = 'npx slipway console';
  return (
    <main class="sign-in">
      <h1>{linkWasTried ? 'This link is used up' : 'Sign in to Slipway'}</h1>
      <p>
        {linkWasTried
          ? 'A link signs in one browser, once, within ten minutes. Get a new one in a terminal'
          : 'Get a link that signs this browser in. In a terminal'}
        {endpoint === undefined ? ', in the folder of the server:' : ':'}
      </p>
      <p>
        <Copied text={endpoint === undefined ? command : `${command} --endpoint ${endpoint}`} />
      </p>
      {endpoint === undefined && (
        <p class="quiet">
          For a server in an AWS account add <code>--endpoint</code> and its address.
        </p>
      )}
    </main>
  );
}

// A sentence of the server's, its job ids as links.
import { shortId } from '../format.ts';
import { jobHref } from '../route.ts';

const JOB_ID = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:[:#]\d+)?)/;

export function Linked({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(JOB_ID).map((part, place) =>
        // Every second part is what the pattern found.
        place % 2 === 0 ? (
          part
        ) : (
          <a key={place} href={jobHref(part)}>
            {shortId(part)}
          </a>
        ),
      )}
    </>
  );
}

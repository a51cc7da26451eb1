// The states of a page that has nothing to show yet, nothing at all, or an error.
import type { ComponentChildren } from 'preact';

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failure({ message, again }: { readonly message: string; readonly again: () => void }) {
  return (
    <div class="failure" role="alert">
      <p>{message}</p>
      <button type="button" onClick={again}>
        Try again
      </button>
    </div>
  );
}

/** Shown only when it takes a while: a flash of it would be worse than nothing. */
export function Loading() {
  return (
    <p class="loading" role="status">
      Loading …
    </p>
  );
}

// A text that is made to be copied: one click, and it says so.
import { useEffect, useState } from 'preact/hooks';

export function Copied({ text, label = text }: { readonly text: string; readonly label?: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1_500);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      // The browser's user said no: the text stands there to be selected.
      () => setCopied(false),
    );
  };
  return (
    <button type="button" class="copied" onClick={copy} title="Copy">
      <code>{label}</code>
      <span aria-live="polite">{isCopied ? 'copied' : 'copy'}</span>
    </button>
  );
}

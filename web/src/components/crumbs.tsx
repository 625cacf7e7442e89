/** Where a page belongs, and its name. */
export function Crumbs({
  trail,
  title,
}: {
  readonly trail: readonly { readonly text: string; readonly href: string }[];
  readonly title: string;
}) {
  return (
    <div class="crumbs">
      {trail.map(({ text, href }) => (
        <a key={href} href={href}>
          {text}
        </a>
      ))}
      <h1 title={title}>{title}</h1>
    </div>
  );
}

export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M9 2h6v2h-1v5.2l5.6 9.3A2.3 2.3 0 0 1 17.6 22H6.4a2.3 2.3 0 0 1-2-3.5L10 9.2V4H9z" />
      <path className="logo-level" d="M8.3 14h7.4l2.6 4.4a1.1 1.1 0 0 1-.9 1.6H6.6a1.1 1.1 0 0 1-.9-1.6z" />
    </svg>
  );
}

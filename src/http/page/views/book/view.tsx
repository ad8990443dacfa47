export function View() {
  return <h1 id="book-title">book</h1>;
}

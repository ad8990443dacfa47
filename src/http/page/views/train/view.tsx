export function View() {
  return <h1 id="train-title">train</h1>;
}

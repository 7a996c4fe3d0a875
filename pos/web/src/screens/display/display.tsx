export function Display() {
  return <main>Display</main>
}

export function Shop() {
  return <main>Shop</main>
}

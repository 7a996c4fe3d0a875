export function OrderStatus() {
  return <main>OrderStatus</main>
}

import { Anchor, Card, Container, SimpleGrid, Text, Title } from '@mantine/core'

const SCREENS = [
  { path: '/register', name: 'Register', says: 'Sell, look up members, take payments, refund' },
  { path: '/display', name: 'Customer display', says: 'What the customer sees beside the register' },
  { path: '/device', name: 'Payment device', says: 'Simulated: approve, decline, time out, lose the connection' },
  { path: '/kiosk', name: 'Kiosk', says: 'Customers order and pay by themselves' },
  { path: '/shop', name: 'Web shop', says: 'Order ahead, pay at the counter' },
] as const

export function Home() {
  return (
    <Container component="main" py="xl">
      <Title order={1} mb="lg">
        Screens of this shop
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {SCREENS.map(({ path, name, says }) => (
          <Card key={path} withBorder>
            <Anchor href={path} fw={650} size="lg">
              {name}
            </Anchor>
            <Text c="dimmed">{says}</Text>
          </Card>
        ))}
      </SimpleGrid>
    </Container>
  )
}

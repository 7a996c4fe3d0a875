import { Alert, Button, Center, Loader, Stack, Text, TextInput, Title } from '@mantine/core'
import { type ErrorComponentProps, Outlet } from '@tanstack/react-router'
import { type FormEvent, Suspense, useEffect, useState } from 'react'
import { ApiError, pair } from './api-client.ts'

/** Around every screen: pairs with the code in the address (`#code=…`) before the screen asks for anything. */
export function Shell() {
  const [isReady, setReady] = useState(() => codeInAddress() === null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    const code = codeInAddress()
    if (code === null) return
    // Out of the address, so that it is neither in the history nor in a photograph of the screen.
    history.replaceState(null, '', location.pathname + location.search)
    pair(code)
      .then(() => setReady(true))
      .catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)))
  }, [])
  if (problem !== null) return <Pairing problem={problem} />
  if (!isReady) return <Waiting />
  return (
    <Suspense fallback={<Waiting />}>
      <Outlet />
    </Suspense>
  )
}

/** The code is behind the `#`, which a browser does not send: it stands in no log. */
const codeInAddress = () => new URLSearchParams(location.hash.slice(1)).get('code')

/** Asks for the code that the server printed at its start. */
export function Pairing({ problem }: { readonly problem?: string }) {
  const [code, setCode] = useState('')
  const [refused, setRefused] = useState<string | null>(problem ?? null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    pair(code)
      .then(() => location.reload())
      .catch((error: unknown) => setRefused(error instanceof ApiError ? error.message : String(error)))
  }
  return (
    <Center mih="100dvh" p="md" component="main">
      <form onSubmit={submit}>
        <Stack maw={360}>
          <Title order={1} size="h2">
            Pair this screen
          </Title>
          <Text>Type the code that the shop’s server printed when it started, or open the address it printed.</Text>
          <TextInput
            label="Code"
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
            autoComplete="off"
            size="lg"
          />
          {refused !== null && (
            <Alert color="red" role="alert">
              {refused}
            </Alert>
          )}
          <Button type="submit" size="lg">
            Pair
          </Button>
        </Stack>
      </form>
    </Center>
  )
}

function Waiting() {
  return (
    <Center mih="100dvh">
      <Loader aria-label="Loading" />
    </Center>
  )
}

export function NotThere() {
  return (
    <Center mih="100dvh" component="main">
      <Stack align="center">
        <Title order={1}>There is no such screen</Title>
        <Button component="a" href="/">
          All screens
        </Button>
      </Stack>
    </Center>
  )
}

/** A screen that broke, or whose code did not arrive: a reload is what helps with both. */
export function ScreenFailed({ error }: ErrorComponentProps) {
  if (error instanceof ApiError && error.word === 'not_paired') return <Pairing />
  return (
    <Center mih="100dvh" component="main" p="md">
      <Stack align="center">
        <Title order={1}>This screen has stopped</Title>
        <Text>{error instanceof Error ? error.message : String(error)}</Text>
        <Button onClick={() => location.reload()}>Load it again</Button>
      </Stack>
    </Center>
  )
}

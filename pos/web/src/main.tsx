import './styles.ts'
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { router } from './router.tsx'
import { theme } from './theme.ts'

/** Set by the server anew for each page: the only inline styles that the content security policy lets through are Mantine's variables. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''
// Mantine's dialogs keep the page from scrolling by a style of their own; their library looks for the nonce under this name.
Object.assign(globalThis, { __webpack_nonce__: nonce })
const queries = new QueryClient({ defaultOptions: { queries: { retry: 2, staleTime: 60_000 } } })

const root = document.getElementById('root')
if (!root) throw new Error('the page has no element #root')
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)

// Loads the screens also while the network is down; the calls then say so in words.
if (import.meta.env.PROD) navigator.serviceWorker?.register('/offline.js').catch(() => undefined)

import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { NotThere, ScreenFailed, Shell } from './shell.tsx'

/** Which till a screen belongs to: `?till=2`. Two registers side by side are two tills. */
interface TillSearch {
  till?: string
}

const readTill = (search: Record<string, unknown>): TillSearch => {
  const till = String(search.till ?? '')
  return /^[\w-]{1,40}$/.test(till) ? { till } : {}
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotThere, errorComponent: ScreenFailed })

/** Each screen is loaded when it is opened: a customer's kiosk does not wait for the register's code. */
const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('./screens/home.tsx'), 'Home'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/register',
    validateSearch: readTill,
    component: lazyRouteComponent(() => import('./screens/register/register.tsx'), 'Register'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/display',
    validateSearch: readTill,
    component: lazyRouteComponent(() => import('./screens/display/display.tsx'), 'Display'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/device',
    validateSearch: readTill,
    component: lazyRouteComponent(() => import('./screens/device/device.tsx'), 'Device'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/kiosk',
    validateSearch: readTill,
    component: lazyRouteComponent(() => import('./screens/kiosk/kiosk.tsx'), 'Kiosk'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/shop',
    component: lazyRouteComponent(() => import('./screens/shop/shop.tsx'), 'Shop'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/shop/orders/$id',
    component: lazyRouteComponent(() => import('./screens/shop/order-status.tsx'), 'OrderStatus'),
  }),
]

export const router = createRouter({ routeTree: root.addChildren(routes), defaultPreload: false })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

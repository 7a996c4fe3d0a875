import { createTheme, type MantineColorsTuple } from '@mantine/core'

/** A deep sea green that reads well under shop light: white on shade 7 has a contrast of 6 to 1. */
const harbor: MantineColorsTuple = [
  '#e6f7f3',
  '#d0ebe4',
  '#a3d8ca',
  '#72c3ae',
  '#4ab296',
  '#2fa787',
  '#1d8f72',
  '#0b6e5d',
  '#07594b',
  '#02463a',
]

export const theme = createTheme({
  primaryColor: 'harbor',
  primaryShade: 7,
  autoContrast: true,
  luminanceThreshold: 0.32,
  colors: { harbor },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  headings: { fontWeight: '650' },
  respectReducedMotion: true,
  components: {
    // Said without their code, which only some screens load.
    Modal: { styles: { title: { fontSize: '1.25rem', fontWeight: 650 } }, defaultProps: { transitionProps: { duration: 120 } } },
    Drawer: { styles: { title: { fontSize: '1.25rem', fontWeight: 650 } } },
  },
})

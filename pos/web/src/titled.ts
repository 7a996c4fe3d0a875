/**
 * What makes a Mantine `Modal` or `Drawer` a dialog with a name. Mantine points to the title only once that has been drawn, a moment after the focus has
 * moved in: a screen reader would begin with "dialog" alone, so the name also stands on the dialog itself.
 */
export const titled = (title: string) => ({
  title,
  attributes: { content: { 'aria-label': title } },
  closeButtonProps: { 'aria-label': 'Close' },
})

import { IconBowlChopsticks, IconBurger, IconPepper, IconPizza, IconToolsKitchen2 } from '@tabler/icons-react'

/** Drawn, not photographed: the menu has no pictures, and a screen loads nothing from elsewhere. */
const ICONS = { american: IconBurger, asian: IconBowlChopsticks, mexican: IconPepper, italian: IconPizza }

export function DishIcon({ category, size }: { readonly category: string; readonly size: number }) {
  const Icon = ICONS[category.toLowerCase() as keyof typeof ICONS] ?? IconToolsKitchen2
  return <Icon size={size} stroke={1.4} aria-hidden />
}

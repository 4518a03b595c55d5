/** The least round number that holds the value: 4, 6, 8, 10, 20, 30, 40, 60 … Its half is whole too. */
export function roof(most: number): number {
  if (most <= 4) return 4
  const power = 10 ** Math.floor(Math.log10(most))
  const steps = [1, 2, 3, 4, 6, 8, 10].map((step) => step * power)
  return steps.find((step) => step >= most) ?? most
}

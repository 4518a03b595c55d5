/** The least round number that holds the value: 4, 5, 10, 20, 40, 50, 100 … divisible by the ticks. */
export function roof(most: number): number {
  if (most <= 4) return 4
  const power = 10 ** Math.floor(Math.log10(most))
  const steps = [1, 2, 4, 5, 8, 10].map((step) => step * power)
  return steps.find((step) => step >= most) ?? most
}

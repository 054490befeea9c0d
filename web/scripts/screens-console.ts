import type { Stage } from "./screens";

export async function consoleScreens(stage: Stage): Promise<void> {
  await Promise.resolve(stage);
}

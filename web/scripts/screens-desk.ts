import type { Stage } from "./screens";

export async function deskScreens(stage: Stage): Promise<void> {
  await Promise.resolve(stage);
}

import type { PickDeployment } from "./pick-deployment.ts";

/** The first available target that takes prompts of this length; where none does, the available one that takes the longest. */
export const pickByPromptLength: PickDeployment = ({ promptTokens }, candidates) => {
  let longest = -1;
  for (let i = 0; i < candidates.length; i++) {
    const { isAvailable, promptTokensMax } = candidates[i] as (typeof candidates)[number];
    if (!isAvailable) continue;
    if (promptTokens <= promptTokensMax) return i;
    if (longest < 0 || promptTokensMax > (candidates[longest]?.promptTokensMax ?? 0)) longest = i;
  }
  return longest;
};

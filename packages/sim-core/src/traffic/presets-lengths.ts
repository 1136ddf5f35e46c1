import type { LengthsConfig } from "./config.ts";

/** Where figures come from, and on what terms. */
export interface Attribution {
  readonly source: string;
  readonly license: string;
}

/** Token counts measured in production, under a name that scenarios can use. */
export interface LengthsPreset {
  readonly description: string;
  readonly lengths: LengthsConfig;
  /** Means of the trace itself; those of the table differ by the interpolation. */
  readonly measuredMeanPromptTokens: number;
  readonly measuredMeanOutputTokens: number;
  readonly attribution: Attribution;
}

/** A day's shape, under a name that scenarios can use. */
export interface HourlyProfile {
  readonly description: string;
  /** Factor of each hour of the day, mean about 1. */
  readonly hourly: readonly number[];
  readonly attribution: Attribution;
}

const AZURE: Attribution = {
  source: "Azure LLM inference trace 2023 (Patel et al., Splitwise, ISCA 2024), quantiles of the trace",
  license: "CC-BY 4.0",
};
const MOONCAKE: Attribution = {
  source: "Mooncake conversation trace (Qin et al., Mooncake, FAST 2025), quantiles of the trace",
  license: "Apache-2.0",
};
const SERVEGEN: Attribution = {
  source: "ServeGen (Xiang et al., arXiv 2505.09999), figures computed from its data",
  license: "Apache-2.0",
};

/** Empirical quantiles rather than fits: no log-normal comes near these traces (Kolmogorov-Smirnov distance 0.07 to 0.21). */
export const LENGTHS_PRESETS: ReadonlyMap<string, LengthsPreset> = new Map<string, LengthsPreset>([
  [
    "azure-conversation-2023",
    {
      description: "chat with a GPT-like service; spikes at 1,000 to 1,200 prompt tokens and at 400 answer tokens",
      lengths: {
        // biome-ignore format: a table
        promptTokens: { kind: "quantiles", points: [[0, 2], [0.01, 29], [0.02, 91], [0.05, 181], [0.1, 207], [0.15, 372], [0.2, 387], [0.25, 396], [0.3, 403], [0.35, 414], [0.4, 703], [0.45, 984], [0.5, 1020], [0.55, 1045], [0.6, 1071], [0.65, 1097], [0.7, 1130], [0.75, 1189], [0.8, 1315], [0.85, 1876], [0.9, 2734], [0.95, 4083], [0.975, 4092], [0.99, 4142], [0.995, 4831], [0.999, 6179], [1, 14050]] },
        // biome-ignore format: a table
        outputTokens: { kind: "quantiles", points: [[0, 7], [0.01, 16], [0.02, 24], [0.05, 41], [0.1, 54], [0.15, 67], [0.2, 77], [0.25, 85], [0.3, 91], [0.35, 96], [0.4, 103], [0.45, 113], [0.5, 129], [0.55, 151], [0.6, 177], [0.65, 217], [0.7, 384], [0.75, 395], [0.8, 400], [0.85, 411], [0.9, 424], [0.95, 451], [0.975, 522], [0.99, 601], [0.995, 643], [0.999, 954], [1, 1000]] },
      },
      measuredMeanPromptTokens: 1155,
      measuredMeanOutputTokens: 211,
      attribution: AZURE,
    },
  ],
  [
    "azure-code-2023",
    {
      description: "code completion; log-normal between the published quantiles p5, p50, p95 and p99",
      lengths: {
        // biome-ignore format: a table
        promptTokens: { kind: "quantiles", points: [[0, 1], [0.01, 21.9], [0.02, 35.8], [0.05, 75], [0.1, 144.7], [0.15, 225.4], [0.2, 320.6], [0.25, 433.8], [0.3, 569], [0.35, 731.8], [0.4, 929], [0.45, 1170.4], [0.5, 1469], [0.55, 1660.5], [0.6, 1880.6], [0.65, 2138.8], [0.7, 2449.4], [0.75, 2835.4], [0.8, 3337.3], [0.85, 4035.3], [0.9, 5124.7], [0.95, 7303], [0.975, 7364.2], [0.99, 7436], [1, 7436]] },
        // biome-ignore format: a table
        outputTokens: { kind: "quantiles", points: [[0, 1], [0.01, 4.4], [0.02, 5], [0.05, 6], [0.1, 7.1], [0.15, 8], [0.2, 8.8], [0.25, 9.5], [0.3, 10.2], [0.35, 10.8], [0.4, 11.5], [0.45, 12.3], [0.5, 13], [0.55, 15.1], [0.6, 17.5], [0.65, 20.5], [0.7, 24.1], [0.75, 28.7], [0.8, 35], [0.85, 44], [0.9, 58.7], [0.95, 90], [0.975, 144.9], [0.99, 252], [1, 252]] },
      },
      measuredMeanPromptTokens: 2048,
      measuredMeanOutputTokens: 28,
      attribution: AZURE,
    },
  ],
  [
    "mooncake-conversation-2025",
    {
      description: "long-context chat of Kimi",
      lengths: {
        // biome-ignore format: a table
        promptTokens: { kind: "quantiles", points: [[0, 891], [0.01, 894], [0.02, 896], [0.05, 901], [0.1, 964], [0.15, 1261], [0.2, 1662], [0.25, 2306], [0.3, 3263], [0.35, 4251], [0.4, 4993], [0.45, 5870], [0.5, 6909], [0.55, 8186], [0.6, 9570], [0.65, 11238], [0.7, 13196], [0.75, 15367], [0.8, 17869], [0.85, 21464], [0.9, 27367], [0.95, 39550], [0.975, 58977], [0.99, 85400], [0.995, 100810], [0.999, 121301], [1, 126195]] },
        // biome-ignore format: a table
        outputTokens: { kind: "quantiles", points: [[0, 1], [0.01, 3], [0.02, 3], [0.05, 10], [0.1, 24], [0.15, 46], [0.2, 100], [0.25, 156], [0.3, 213], [0.35, 256], [0.4, 291], [0.45, 322], [0.5, 350], [0.55, 375], [0.6, 399], [0.65, 423], [0.7, 447], [0.75, 472], [0.8, 504], [0.85, 543], [0.9, 597], [0.95, 698], [0.975, 835], [0.99, 1118], [0.995, 1568], [0.999, 2000], [1, 2000]] },
      },
      measuredMeanPromptTokens: 12035,
      measuredMeanOutputTokens: 343,
      attribution: MOONCAKE,
    },
  ],
  [
    "servegen-deepseek-r1",
    {
      description: "a reasoning model: short prompts, long answers",
      lengths: {
        // biome-ignore format: a table
        promptTokens: { kind: "quantiles", points: [[0, 4], [0.01, 7], [0.02, 9], [0.05, 14], [0.1, 25], [0.15, 29], [0.2, 42], [0.25, 62], [0.3, 92], [0.35, 151], [0.4, 201], [0.45, 212], [0.5, 260], [0.55, 278], [0.6, 365], [0.65, 428], [0.7, 569], [0.75, 791], [0.8, 1111], [0.85, 1349], [0.9, 2363], [0.95, 7068], [0.975, 14312], [0.99, 23683], [0.995, 28478], [0.999, 34374], [1, 60097]] },
        // biome-ignore format: a table
        outputTokens: { kind: "quantiles", points: [[0, 9], [0.01, 143], [0.02, 173], [0.05, 233], [0.1, 296], [0.15, 348], [0.2, 391], [0.25, 429], [0.3, 470], [0.35, 516], [0.4, 553], [0.45, 628], [0.5, 731], [0.55, 858], [0.6, 1011], [0.65, 1168], [0.7, 1308], [0.75, 1452], [0.8, 1646], [0.85, 2182], [0.9, 3466], [0.95, 5709], [0.975, 8343], [0.99, 12587], [0.995, 15826], [0.999, 20913], [1, 35734]] },
      },
      measuredMeanPromptTokens: 1380,
      measuredMeanOutputTokens: 1504,
      attribution: SERVEGEN,
    },
  ],
]);

/** Shapes of a day in local time; ServeGen does not state its zone, hour 0 is taken as the start of its day. */
export const HOURLY_PROFILES: ReadonlyMap<string, HourlyProfile> = new Map<string, HourlyProfile>([
  [
    "office",
    {
      description: "business clients: quiet at night, a dip at lunch, busy until six (clients 15, 48 and 56 of m-large, weighted by rate)",
      // biome-ignore format: a table
      hourly: [0.38, 0.25, 0.16, 0.09, 0.08, 0.09, 0.15, 0.26, 0.68, 1.46, 1.9, 2.01, 1.22, 1.41, 1.94, 2.04, 2.02, 1.74, 1.37, 1.2, 1.04, 1.02, 0.87, 0.63],
      attribution: SERVEGEN,
    },
  ],
  [
    "consumer",
    {
      description: "consumers of a reasoning model: busy late in the evening and at night (deepseek-r1, one day)",
      // biome-ignore format: a table
      hourly: [1.21, 1.39, 2.03, 1.79, 1.06, 0.91, 0.75, 0.58, 0.6, 0.66, 0.81, 0.83, 0.45, 0.54, 0.68, 0.7, 0.88, 0.55, 0.75, 0.59, 1.24, 1.62, 2.19, 1.18],
      attribution: SERVEGEN,
    },
  ],
  [
    "api",
    {
      description: "the total of many API clients: nearly flat (m-large, 14 days)",
      // biome-ignore format: a table
      hourly: [0.99, 1, 0.99, 0.94, 0.91, 0.88, 0.85, 0.82, 0.79, 0.87, 1.05, 1.11, 0.97, 0.98, 1.05, 1.05, 1.11, 1.08, 1.04, 1.14, 1.13, 1.07, 1.1, 1.09],
      attribution: SERVEGEN,
    },
  ],
]);

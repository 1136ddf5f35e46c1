import { expect, it } from "vitest";
import { scenarioJsonSchema } from "./schema.ts";

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: unknown;
  readonly required?: readonly string[];
}

const schema = scenarioJsonSchema() as Schema;

it("describes every field of the top level, of deployments and of node pools, because editors show it", () => {
  const objects = [schema, schema.properties?.["deployments"]?.items, schema.properties?.["nodePools"]?.items];
  for (const object of objects) {
    for (const [key, field] of Object.entries(object?.properties ?? {})) {
      if (key !== "gpusPerNode") expect(field.description, key).toBeTruthy();
    }
  }
});

it("refuses unknown keys in editors, too", () => {
  expect(schema.additionalProperties).toBe(false);
  expect(schema.properties?.["deployments"]?.items?.additionalProperties).toBe(false);
});

it("asks for what a scenario needs and no more", () => {
  expect(schema.required).toEqual(["replicast", "name", "duration", "traffic", "deployments", "nodePools", "policies", "slo"]);
});

it("asks a deployment for name, model and replicas unless it has a manifest", () => {
  expect(schema.properties?.["deployments"]?.items).toMatchObject({
    required: [],
    if: { not: { required: ["manifest"] } },
    // biome-ignore lint/suspicious/noThenProperty: a key of JSON schema
    then: { required: ["name", "model", "replicas"] },
  });
});

it("speaks of what is written, not of what is made of it", () => {
  expect(schema.properties?.["duration"]).toMatchObject({ type: ["string", "number"], pattern: expect.stringContaining("ms") });
});

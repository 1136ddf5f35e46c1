/** Trigger types that KEDA builds a scaler for. @see keda v2.20 pkg/scaling/scalers_builder.go */
export const SCALER_TYPES: readonly string[] = [
  ...["activemq", "apache-kafka", "arangodb", "artemis-queue", "aws-cloudwatch", "aws-dynamodb", "aws-dynamodb-streams"],
  ...["aws-kinesis-stream", "aws-sqs-queue", "azure-app-insights", "azure-blob", "azure-data-explorer", "azure-eventhub"],
  ...["azure-log-analytics", "azure-monitor", "azure-pipelines", "azure-queue", "azure-servicebus", "beanstalkd", "cassandra"],
  ...["couchdb", "cpu", "cron", "datadog", "dynatrace", "elasticsearch", "etcd", "external", "external-push", "forgejo-runner"],
  ...["gcp-cloudtasks", "gcp-pubsub", "gcp-stackdriver", "gcp-storage", "github-runner", "graphite", "huawei-cloudeye", "ibmmq"],
  ...["influxdb", "kafka", "kubernetes-resource", "kubernetes-workload", "liiklus", "loki", "memory", "metrics-api", "mongodb"],
  ...["mssql", "mysql", "nats-jetstream", "new-relic", "nsq", "openstack-metric", "openstack-swift", "postgresql", "predictkube"],
  ...["prometheus", "pulsar", "rabbitmq", "redis", "redis-cluster", "redis-cluster-streams", "redis-sentinel"],
  ...["redis-sentinel-streams", "redis-streams", "selenium-grid", "solace-direct-messaging", "solace-event-queue", "solarwinds"],
  ...["solr", "splunk", "splunk-observability", "stan", "sumologic", "temporal"],
];

/** Keys of a trigger's metadata that hold what one replica takes, and above what the trigger is active. */
export interface TargetKeys {
  readonly target: string;
  readonly activation: string;
}

/**
 * Where scalers keep their target. A type that is not listed takes it from the scenario.
 *
 * @see keda v2.20 pkg/scalers/*_scaler.go, the metadata structs
 */
export const TARGET_KEYS: { readonly [type: string]: TargetKeys } = {
  "apache-kafka": { target: "lagThreshold", activation: "activationLagThreshold" },
  "aws-sqs-queue": { target: "queueLength", activation: "activationQueueLength" },
  "azure-queue": { target: "queueLength", activation: "activationQueueLength" },
  "azure-servicebus": { target: "messageCount", activation: "activationMessageCount" },
  graphite: { target: "threshold", activation: "activationThreshold" },
  kafka: { target: "lagThreshold", activation: "activationLagThreshold" },
  "kubernetes-workload": { target: "value", activation: "activationValue" },
  loki: { target: "threshold", activation: "activationThreshold" },
  "metrics-api": { target: "targetValue", activation: "activationTargetValue" },
  mysql: { target: "queryValue", activation: "activationQueryValue" },
  "nats-jetstream": { target: "lagThreshold", activation: "activationLagThreshold" },
  postgresql: { target: "targetQueryValue", activation: "activationTargetQueryValue" },
  rabbitmq: { target: "value", activation: "activationValue" },
  redis: { target: "listLength", activation: "activationListLength" },
  "redis-cluster": { target: "listLength", activation: "activationListLength" },
  "redis-sentinel": { target: "listLength", activation: "activationListLength" },
};

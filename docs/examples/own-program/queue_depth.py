#!/usr/bin/env python3
"""A policy as a program: one JSON object a line comes in, one goes out. It needs nothing but Python itself.

It keeps nothing between messages: what it remembers comes back as "state" with each one. So a run can be saved, repeated and compared.
"""

import json
import sys

QUERIES = [{"name": "waiting", "kind": "promql", "query": "sum(vllm:num_requests_waiting)"}]


def configure(message):
    config = {"waitingPerReplica": 4, "cooldownSeconds": 300, **message["config"]}
    issues = [
        {"path": [key], "message": "must be a number above 0"}
        for key in ("waitingPerReplica", "cooldownSeconds")
        if not isinstance(config[key], (int, float)) or config[key] <= 0
    ]
    if issues:
        return {"issues": issues}
    return {
        "config": config,
        "state": {"calmSinceSeconds": 0},
        "timers": [{"name": "sync", "periodSeconds": 15}],
        "queries": QUERIES,
    }


def is_starting(pod):
    return "deletionSeconds" not in pod and not pod.get("ready", {}).get("status", False)


def decide(message):
    observation, state, config = message["observation"], message["state"], message["config"]
    answer = observation["metrics"]["waiting"]
    if not answer["ok"] or not answer["elements"]:
        return {"state": state}  # no metric, no decision
    now, current = observation["nowSeconds"], observation["scale"]["specReplicas"]
    waiting = answer["elements"][0]["value"]
    starting = sum(is_starting(pod) for pod in observation["pods"])
    evidence = {"waiting": waiting, "starting": starting}
    busy = {"state": {"calmSinceSeconds": now}}
    if starting > 0:
        return busy  # help is on its way: wait and see whether it suffices
    if waiting > config["waitingPerReplica"] * current:
        return {**busy, "decision": {"desiredReplicas": current + 1, "reason": "QueueTooLong", "evidence": evidence}}
    if waiting > 0:
        return busy
    if now - state["calmSinceSeconds"] < config["cooldownSeconds"] or current <= 1:
        return {"state": state}
    return {**busy, "decision": {"desiredReplicas": current - 1, "reason": "Calm", "evidence": evidence}}


ANSWERS = {
    "hello": lambda message: {"protocol": 1, "id": "queue-depth"},
    "configure": configure,
    "decide": decide,
}

for line in sys.stdin:  # ends when Replicast closes it
    message = json.loads(line)
    print(json.dumps(ANSWERS[message["type"]](message)), flush=True)

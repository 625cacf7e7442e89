"""Sends what statsd.js expects, with the clients that most Python services use. Arguments: host and port."""

import sys

import statsd
from datadog.dogstatsd.base import DogStatsd

host, port = sys.argv[1], int(sys.argv[2])


def send_plain():
    client = statsd.StatsClient(host, port, prefix="plain")
    for _ in range(10):
        client.incr("jobs")
    client.incr("jobs", 5)
    client.decr("jobs", 2)
    client.gauge("load", 3.5)
    client.gauge("load", -1.25, delta=True)
    client.gauge("debt", -7)
    for milliseconds in (100, 200, 300, 4000):
        client.timing("wait", milliseconds)
    client.set("users", "ann")
    client.set("users", "bob")
    client.set("users", "ann")
    with client.pipeline() as pipe:
        for number in range(200):
            pipe.incr("piped")
            pipe.gauge(f"many.{number}", number)
    client.close()


def send_tagged():
    client = DogStatsd(host=host, port=port, constant_tags=["env:test"], flush_interval=0.05)
    for number in range(500):
        client.increment("tagged.requests", tags=[f"code:{200 + number % 2}", "canary"])
    client.increment("tagged.sampled", 3, sample_rate=1)
    client.gauge("tagged.depth", 12.75, tags=["queue:mail", "url:http://a:80/b"])
    for value in range(1, 101):
        client.histogram("tagged.size", value)
        client.distribution("tagged.spread", value / 10)
        client.timing("tagged.wait", value * 10)
    for number in range(40):
        client.set("tagged.users", number % 7)
    client.event("deployed", "version 2 is out", tags=["who:me"])
    client.service_check("database", DogStatsd.OK)
    client.gauge_with_timestamp("tagged.past", 1, 1763630000)
    client.flush()
    client.stop()


send_plain()
send_tagged()

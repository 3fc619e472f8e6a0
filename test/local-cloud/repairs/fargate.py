import json
import os
import urllib.error
import urllib.request

from .repair import Repair, handlers
from .stubbed_types import announce

SERVICE = "AWS::ECS::Service"
TASK_DEFINITION = "AWS::ECS::TaskDefinition"
SCALABLE = "AWS::ApplicationAutoScaling::ScalableTarget"
NETWORK = ("LoadBalancer", "Listener", "ListenerRule", "TargetGroup")
# Lists and maps of a container definition that MiniStack leaves in the words of CloudFormation.
LEFT_AS_THEY_ARE = ("secrets", "healthCheck", "ulimits", "dependsOn", "linuxParameters")


def network():
    """Load balancers and what belongs to them, with their attributes."""
    from ministack.services import alb

    def with_attributes(resources, attributes):
        return [{**value, "attributes": attributes.get(arn, [])} for arn, value in list(resources.items())]

    return {
        "loadBalancers": with_attributes(alb._lbs, alb._lb_attrs),
        "targetGroups": with_attributes(alb._tgs, alb._tg_attrs),
        "listeners": list(alb._listeners.values()),
        "rules": list(alb._rules.values()),
    }


def hand_over(**message):
    """Tells the LocalFargate that a test has started; waits until it has done what it says."""
    body = json.dumps(message, default=str).encode()
    request = urllib.request.Request(os.environ["LOCAL_CLOUD_FARGATE"], body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(request, timeout=1800).close()
    except urllib.error.HTTPError as error:
        raise ValueError(json.loads(error.read())["reason"]) from None


class FargateServices(Repair):
    """MiniStack starts tasks with Docker, where there is one, and says that a service is stable at once. Here the
    LocalFargate whose address is in LOCAL_CLOUD_FARGATE runs them, and CloudFormation waits until it has succeeded or
    failed. Without one, a service is a stub."""

    name = "AWS::ECS::Service: is what a LocalFargate runs, and fails when its tasks do"

    def gap(self):
        from ministack.services import ecs
        from ministack.services.cloudformation import provisioners, stacks

        secrets = [{"Name": "A", "ValueFrom": "b"}]
        (container,) = provisioners._normalize_container_defs([{"Name": "c", "Secrets": secrets}])
        cluster = "AWS::ECS::ClusterCapacityProviderAssociations"
        starts_itself = "LOCAL_CLOUD" not in (ecs._reconcile_service_tasks.__doc__ or "")
        if not stacks._runs_on_worker_thread(SERVICE):
            return True  # nothing else would be answered until it is stable
        return "valueFrom" not in container["secrets"][0] or starts_itself or cluster not in handlers()

    def apply(self):
        from ministack.services import ecs
        from ministack.services.cloudformation import provisioners, stacks

        normalize = provisioners._normalize_container_defs
        task_definitions = {}

        def normalize_all(definitions):
            return [
                {
                    key: provisioners._pascal_to_camel(value) if key in LEFT_AS_THEY_ARE else value
                    for key, value in definition.items()
                }
                for definition in normalize(definitions)
            ]

        waits = stacks._runs_on_worker_thread
        blocking = {SERVICE, SCALABLE, *(f"AWS::ElasticLoadBalancingV2::{kind}" for kind in NETWORK)}
        stacks._runs_on_worker_thread = lambda type_: type_ in blocking or waits(type_)

        def reconcile(_cluster, _service):
            """Tasks are not MiniStack's business here, but that of LOCAL_CLOUD_FARGATE."""

        provisioners._normalize_container_defs = normalize_all
        ecs._reconcile_service_tasks = reconcile
        self.remember_task_definitions(task_definitions)
        self.hand_over_services(task_definitions)
        self.tell_of_networks()
        self.set_capacity()

    def remember_task_definitions(self, seen):
        handler = handlers()[TASK_DEFINITION]
        original = dict(handler)

        def create(logical_id, props, stack_name):
            arn, attributes = original["create"](logical_id, props, stack_name)
            seen[arn] = props
            return arn, attributes

        def update(physical_id, old, new, stack_name, logical_id=None):
            arn, attributes = original["update"](physical_id, old, new, stack_name, logical_id)
            seen[arn] = new
            return arn, attributes

        handler.update(create=create, update=update)

    def hand_over_services(self, task_definitions):
        from ministack.services import ecs

        handler = handlers()[SERVICE]
        original = dict(handler)

        def deploy(arn, props):
            if "LOCAL_CLOUD_FARGATE" not in os.environ:
                announce(stubbed=SERVICE)
                return
            definition = task_definitions.get(props.get("TaskDefinition"))
            if definition is None:
                raise ValueError(f"no task definition {props.get('TaskDefinition')!r} in any stack")
            endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
            hand_over(
                kind="service", arn=arn, endpoint=endpoint, network=network(), props=props, taskDefinition=definition
            )
            service = ecs._services.get("/".join(arn.split("/")[-2:]))
            if service:
                desired = service["desiredCount"]
                service.update(runningCount=desired, pendingCount=0, deployments=service["deployments"][:1])
                service["deployments"][0].update(runningCount=desired, pendingCount=0, rolloutState="COMPLETED")

        def create(logical_id, props, stack_name):
            arn, attributes = original["create"](logical_id, props, stack_name)
            try:
                deploy(arn, props)
            except ValueError:
                delete(arn, props)
                raise
            return arn, attributes

        def update(physical_id, old, new, stack_name):
            arn, attributes = original["update"](physical_id, old, new, stack_name)
            deploy(arn, new)
            return arn, attributes

        def delete(physical_id, props):
            if "LOCAL_CLOUD_FARGATE" in os.environ:
                hand_over(kind="remove", arn=physical_id)
            original["delete"](physical_id, props)

        handler.update(create=create, update=update, delete=delete)

    def tell_of_networks(self):
        def telling(step):
            def run(*args, **kwargs):
                result = step(*args, **kwargs)
                if "LOCAL_CLOUD_FARGATE" in os.environ:
                    hand_over(kind="network", network=network())
                return result

            return run

        for kind in NETWORK:
            handler = handlers()[f"AWS::ElasticLoadBalancingV2::{kind}"]
            for step in ("create", "update", "delete"):
                if step in handler:
                    handler[step] = telling(handler[step])

    def set_capacity(self):
        """Capacity providers are noted with the cluster; of a scalable target, the least and the most tasks are played."""
        from ministack.services import ecs

        def associate(_logical_id, props, _stack_name):
            cluster = ecs._clusters.get(props["Cluster"].rsplit("/", 1)[-1])
            if cluster is None:
                raise ValueError(f"Cluster not found: {props['Cluster']}")
            cluster["capacityProviders"] = props.get("CapacityProviders", [])
            return props["Cluster"], {}

        handlers()["AWS::ECS::ClusterCapacityProviderAssociations"] = {
            "create": associate,
            "update": lambda _physical_id, _old, props, stack_name: associate("", props, stack_name),
            "delete": lambda _physical_id, _props: None,
        }
        scalable = handlers().get(SCALABLE)
        if scalable is None:
            return  # the stubs come first
        original = dict(scalable)

        def bound(props):
            if "LOCAL_CLOUD_FARGATE" in os.environ and props.get("ServiceNamespace") == "ecs":
                least, most = int(props["MinCapacity"]), int(props["MaxCapacity"])
                hand_over(kind="capacity", service=props["ResourceId"], min=least, max=most)

        def create(logical_id, props, stack_name):
            bound(props)
            return original["create"](logical_id, props, stack_name)

        def update(physical_id, _old, props, _stack_name):
            bound(props)
            return physical_id, {}

        scalable.update(create=create, update=update)

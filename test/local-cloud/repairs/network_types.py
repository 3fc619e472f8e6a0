from .repair import Repair, handlers
from .stubbed_types import announce

# Parts of a network that nothing on one machine can provision: recorded, and announced as stubs are.
NETWORK_TYPES = (
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::FlowLog",
    "AWS::EC2::EIP",
    "AWS::EC2::NatGateway",
)


class NetworkTypes(Repair):
    name = "CloudFormation: the edges of a network are recorded instead of refused, each announced when used"

    def gap(self):
        return not all(type_ in handlers() for type_ in NETWORK_TYPES)

    def apply(self):
        def create_for(type_):
            def create(logical_id, _props, stack_name):
                announce(stubbed=type_)
                name = f"{stack_name}-{logical_id}"
                return name, {"Id": name, "AllocationId": name}  # an address is known by the latter

            return create

        for type_ in NETWORK_TYPES:
            handlers()[type_] = {"create": create_for(type_), "delete": lambda _physical_id, _props: None}

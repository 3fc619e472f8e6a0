import json

from .repair import Repair, handlers

# Types that CloudFormation accepts and MiniStack does not know: recorded, never provisioned. Each use is announced, and
# `npm start` and the end-to-end test print it. Nothing that the kit deploys today needs one.
STUBBED_TYPES = {
    "AWS::SecretsManager::ResourcePolicy": {},
    "AWS::SecretsManager::RotationSchedule": {},
    "AWS::WAFv2::WebACLAssociation": {},
    "AWS::ApplicationAutoScaling::ScalableTarget": {},
    "AWS::ApplicationAutoScaling::ScalingPolicy": {},
}


def announce(**event):
    """One line on stdout that local-cloud.ts reads; everything else there is MiniStack's log."""
    print("@local-cloud " + json.dumps(event), flush=True)


class StubbedTypes(Repair):
    name = "CloudFormation: types that are recorded instead of refused, each announced when used"

    def gap(self):
        return not all(type_ in handlers() for type_ in STUBBED_TYPES)

    def apply(self):
        def create_for(type_, attrs):
            def create(logical_id, _props, stack_name):
                announce(stubbed=type_)
                return f"{stack_name}-{logical_id}-stub", dict(attrs)

            return create

        for type_, attrs in STUBBED_TYPES.items():
            handlers()[type_] = {"create": create_for(type_, attrs), "delete": lambda _physical_id, _props: None}

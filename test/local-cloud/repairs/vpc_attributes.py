from .repair import Repair, handlers


class VpcAttributes(Repair):
    """A VPC tells its address range, which rules for "everybody in this network" name."""

    name = "AWS::EC2::VPC: Fn::GetAtt CidrBlock"
    TYPE = "AWS::EC2::VPC"
    PROPS = {"CidrBlock": "10.99.0.0/16"}

    def gap(self):
        handler = handlers()[self.TYPE]
        vpc, attrs = handler["create"]("A", self.PROPS, "probe")
        handler["delete"](vpc, self.PROPS)
        return attrs.get("CidrBlock") != self.PROPS["CidrBlock"]

    def apply(self):
        handler = handlers()[self.TYPE]
        create = handler["create"]

        def with_range(logical_id, props, stack_name):
            vpc, attrs = create(logical_id, props, stack_name)
            return vpc, {**attrs, "CidrBlock": props.get("CidrBlock", "10.0.0.0/16")}

        handler.update(create=with_range)

class Repair:
    """A gap of the pinned version."""

    name = ""

    def gap(self):
        """True when MiniStack still (or, after apply(), again) behaves wrongly."""
        raise NotImplementedError

    def apply(self):
        raise NotImplementedError


def handlers():
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    return _RESOURCE_HANDLERS


def typed(value):
    """CloudFormation sends booleans and numbers as text."""
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    return int(value) if isinstance(value, str) and value.isdigit() else value

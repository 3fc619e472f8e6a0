import json

from .repair import Repair, handlers, typed


class SecretRefAndGeneration(Repair):
    """`Ref` of a secret is its ARN on AWS, and GenerateSecretString honours every flag; MiniStack gives the name, leaves
    the secret of an empty `GenerateSecretString` empty and ignores all flags but two."""

    name = "AWS::SecretsManager::Secret: Ref is the ARN, GenerateSecretString honours its flags"
    TYPE = "AWS::SecretsManager::Secret"

    def gap(self):
        handler = handlers()[self.TYPE]
        from ministack.services import secretsmanager

        ref, attrs = handler["create"]("A", {"GenerateSecretString": {}}, "probe")
        empty = not secretsmanager.resolve_secret_string(attrs["Id"])
        handler["delete"](ref, {})
        flags = {"ExcludePunctuation": True, "ExcludeUppercase": True, "ExcludeNumbers": True, "PasswordLength": 200}
        other, attrs = handler["create"]("B", {"GenerateSecretString": flags}, "probe")
        text = secretsmanager.resolve_secret_string(attrs["Id"])
        handler["delete"](other, {})
        left = secretsmanager.resolve_secret_string(attrs["Id"]) is not None
        return not ref.startswith("arn:") or empty or not text.isalpha() or not text.islower() or left

    def apply(self):
        from ministack.services import secretsmanager
        from ministack.services.cloudformation import provisioners

        handler = handlers()[self.TYPE]
        original = dict(handler)

        def secret_string(props):
            generate = props.get("GenerateSecretString")
            if generate is None:
                return props.get("SecretString", "")
            status, _headers, body = secretsmanager._get_random_password(
                {key: typed(value) for key, value in generate.items()}
            )
            if status >= 400:
                raise ValueError(f"GenerateSecretString: {json.loads(body).get('message')}")
            password = json.loads(body)["RandomPassword"]
            if "SecretStringTemplate" not in generate:
                return password
            return json.dumps({**json.loads(generate["SecretStringTemplate"]), generate["GenerateStringKey"]: password})

        def name_of(arn):
            return (secretsmanager._resolve(arn, use_arn_scope=True)[0] if arn.startswith("arn:") else arn) or arn

        def create(logical_id, props, stack_name):
            _name, attrs = original["create"](logical_id, props, stack_name)
            return attrs["Id"], attrs

        def update(physical_id, old, new, stack_name, logical_id=None):
            _name, attrs = original["update"](name_of(physical_id), old, new, stack_name, logical_id)
            return attrs["Id"], attrs

        def delete(physical_id, props):
            original["delete"](name_of(physical_id), props)

        provisioners._sm_secret_string = secret_string
        handler.update(create=create, update=update, delete=delete)

import json

from .repair import Repair, handlers, typed


class GlobalTableSettings(Repair):
    """TableV2 becomes AWS::DynamoDB::GlobalTable. MiniStack drops its time to live, ceilings, point-in-time recovery,
    deletion protection, encryption and tags; an update moves it to a new, empty table; a deletion ignores the
    protection."""

    name = "AWS::DynamoDB::GlobalTable: settings reach the table, an update keeps the items"
    TYPE = "AWS::DynamoDB::GlobalTable"
    PROBE = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
        "WriteOnDemandThroughputSettings": {"MaxWriteRequestUnits": 7},
        "Replicas": [
            {
                "Region": "us-east-1",
                "DeletionProtectionEnabled": True,
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "ReadOnDemandThroughputSettings": {"MaxReadRequestUnits": 5},
                "Tags": [{"Key": "a", "Value": "b"}],
            }
        ],
    }

    def gap(self):
        from ministack.services import dynamodb

        handler = handlers()[self.TYPE]
        table, attrs = handler["create"]("T", self.PROBE, "probe")
        changed = {**self.PROBE, "WriteOnDemandThroughputSettings": {"MaxWriteRequestUnits": 9}}
        update = [table, self.PROBE, changed, "probe"] + (["T"] if handler.get("update_with_logical_id") else [])
        updated = handler["update"](*update)[0]
        if updated != table:
            dynamodb._tables.pop(updated, None)
            return True
        described = json.loads(dynamodb._describe_table({"TableName": table})[2])["Table"]
        ceilings = {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 9}
        right = (
            described.get("OnDemandThroughput") == ceilings
            and described["DeletionProtectionEnabled"] is True
            and dynamodb._ttl_settings.get(table) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
            and dynamodb._pitr_settings.get(table) is True
            and dynamodb._tags.get(attrs["Arn"]) == [{"Key": "a", "Value": "b"}]
        )
        try:
            handler["delete"](table, changed)
            right = False
        except ValueError:
            pass
        dynamodb._tables.pop(table, None)
        return not right

    def apply(self):
        from ministack.services import dynamodb
        from ministack.services.cloudformation import provisioners

        handler = handlers()[self.TYPE]
        original = dict(handler)

        def local(props):
            """The properties of the replica of this region, in the words of AWS::DynamoDB::Table."""
            region = provisioners.get_region()
            replica = next((r for r in props.get("Replicas", []) if r.get("Region") == region), {})
            read = replica.get("ReadOnDemandThroughputSettings") or {}
            ceilings = {**read, **(props.get("WriteOnDemandThroughputSettings") or {})}
            sse = {**(props.get("SSESpecification") or {})}
            if sse.get("SSEEnabled"):
                key = (replica.get("SSESpecification") or {}).get("KMSMasterKeyId")
                sse = {"Enabled": True, "SSEType": sse.get("SSEType", "KMS"), **({"KMSMasterKeyId": key} if key else {})}
            return {
                **props,
                "DeletionProtectionEnabled": typed(replica.get("DeletionProtectionEnabled", False)),
                "OnDemandThroughput": {key: int(value) for key, value in ceilings.items()},
                "PointInTimeRecoverySpecification": replica.get("PointInTimeRecoverySpecification") or {},
                "SSESpecification": sse if sse.get("Enabled") else None,
                "Tags": replica.get("Tags", []),
            }

        def must(response):
            if response[0] >= 400:
                raise ValueError(f"AWS::DynamoDB::GlobalTable: {response[2]!r}")

        def apply_settings(table, old, new):
            must(dynamodb._update_table({"TableName": table, "OnDemandThroughput": new["OnDemandThroughput"]}))
            if new["SSESpecification"] and not old.get("SSESpecification"):
                must(dynamodb._update_table({"TableName": table, "SSESpecification": new["SSESpecification"]}))
            recovery = typed(new["PointInTimeRecoverySpecification"].get("PointInTimeRecoveryEnabled", False))
            must(
                dynamodb._update_continuous_backups(
                    {
                        "TableName": table,
                        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": recovery},
                    }
                )
            )
            ttl, before = new.get("TimeToLiveSpecification"), old.get("TimeToLiveSpecification")
            if ttl != before:
                wanted = ttl or {**before, "Enabled": False}
                spec = {**wanted, "Enabled": typed(wanted.get("Enabled"))}
                must(dynamodb._update_ttl({"TableName": table, "TimeToLiveSpecification": spec}))

        def create(logical_id, props, stack_name):
            props = local(props)
            table, attrs = original["create"](logical_id, {**props, "SSESpecification": None}, stack_name)
            dynamodb._tables[table]["DeletionProtectionEnabled"] = props["DeletionProtectionEnabled"]
            apply_settings(table, {}, props)
            return table, {**attrs, "TableId": dynamodb._tables[table]["TableId"]}

        def update(physical_id, old, new, stack_name, logical_id=None):
            old, new = local(old), local(new)
            ignored = {"SSESpecification": None, "WriteOnDemandThroughputSettings": None}
            table, attrs = provisioners._ddb_update(
                physical_id, {**old, **ignored}, {**new, **ignored}, stack_name, logical_id
            )
            apply_settings(table, old, new)
            return table, {**attrs, "TableId": dynamodb._tables[table]["TableId"]}

        def delete(physical_id, props):
            if (dynamodb._tables.get(physical_id) or {}).get("DeletionProtectionEnabled"):
                raise ValueError(f"Resource cannot be deleted as it is currently protected against deletion: {physical_id}")
            original["delete"](physical_id, props)

        handler.update(create=create, update=update, update_with_logical_id=True, delete=delete)

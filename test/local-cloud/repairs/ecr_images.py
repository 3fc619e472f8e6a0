import json

from .repair import Repair


class MissingImages(Repair):
    """AWS answers a question for a tag that does not exist with ImageNotFoundException; MiniStack with an empty list, which
    the CDK CLI takes for an image that is there, and builds none. Images that were pushed stay with the container engine."""

    name = "AWS::ECR::Repository: DescribeImages says when an image is missing"

    def gap(self):
        from ministack.services import ecr

        ecr._create_repository({"repositoryName": "probe"})
        try:
            status = ecr._describe_images({"repositoryName": "probe", "imageIds": [{"imageTag": "none"}]})[0]
        finally:
            ecr._delete_repository({"repositoryName": "probe", "force": True})
        return status < 400

    def apply(self):
        from ministack.core.responses import error_response_json
        from ministack.services import ecr

        original = ecr._describe_images

        def describe_images(data):
            response = original(data)
            wanted = data.get("imageIds")
            if response[0] >= 400 or not wanted or json.loads(response[2])["imageDetails"]:
                return response
            name = data.get("repositoryName", "")
            message = f"The image with imageId {json.dumps(wanted[0])} does not exist within the repository with name '{name}'"
            return error_response_json("ImageNotFoundException", message, 400)

        ecr._describe_images = describe_images

mkdir crds
cat > crds/things.yaml <<'END'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  names: {kind: Thing}
  versions:
  - name: v1
    served: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties: {size: {type: integer}}
END
cat > thing.yaml <<'END'
apiVersion: example.com/v1
kind: Thing
metadata: {name: one}
spec: {size: 1}
END
trustc check thing.yaml --crds crds

package config

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"iab/internal/retention"
)

const (
	schemaFile  = "../../docs/config.schema.json"
	exampleFile = "../../config.json.example"
)

func TestTheSchemaIsTheOneOfTheStructs(t *testing.T) {
	want := generated(t)
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(want), string(read(t, schemaFile))); diff != "" {
		t.Errorf("%s is not what the structs say; run this test with -update (-want +got):\n%s", schemaFile, diff)
	}
}

func TestTheExampleHoldsEveryKeyOfTheSchema(t *testing.T) {
	example := decoded(t, read(t, exampleFile))
	for _, path := range missingKeys("", compiled(t), []any{example}) {
		t.Errorf("%s does not show %s", exampleFile, path)
	}
}

func TestTheExampleLoadsWithoutWarnings(t *testing.T) {
	data := read(t, exampleFile)
	cfg, err := Parse(exampleFile, data)
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Warnings) > 0 {
		t.Errorf("the example has warnings: %q", cfg.Warnings)
	}
	if len(cfg.Jobs(stocked(), true)) == 0 {
		t.Error("the example has no jobs")
	}
	if err := compiled(t).Validate(decoded(t, data)); err != nil {
		t.Errorf("the example does not fit the schema: %v", err)
	}
}

func TestTheSchemaTakesWhatIABTakes(t *testing.T) {
	// These load, but nobody should write them, so the schema has no place for them.
	lenient := []string{"keys-in-another-case", "written-with-empty-lists-and-nulls", "beginning-with-a-byte-order-mark"}
	schema := compiled(t)
	for _, file := range samples(t, "good") {
		if slices.Contains(lenient, file.name) {
			continue
		}
		if err := schema.Validate(decoded(t, []byte(file.input))); err != nil {
			t.Errorf("%s: %v", file.path, err)
		}
	}
	first := Initial("~/cred", "u", "a", "https://192.0.2.10:8443", "b", "https://192.0.2.11:8443")
	if err := schema.Validate(decoded(t, first)); err != nil {
		t.Errorf("what onboarding writes: %v", err)
	}
}

func TestTheSchemaRefusesWhatItCanExpress(t *testing.T) {
	schema := compiled(t)
	for _, file := range samples(t, "bad-by-schema") {
		if err := schema.Validate(decoded(t, []byte(file.input))); err == nil {
			t.Errorf("%s fits the schema", file.path)
		}
	}
}

// missingKeys lists the keys of the schema that none of the values has.
func missingKeys(path string, schema *jsonschema.Schema, values []any) []string {
	for schema.Ref != nil {
		schema = schema.Ref
	}
	var missing, keys []string
	for key := range schema.Properties {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		var below []any
		for _, value := range values {
			if object, ok := value.(map[string]any); ok && object[key] != nil {
				below = append(below, object[key])
			}
		}
		if len(below) == 0 {
			missing = append(missing, strings.TrimPrefix(path+"."+key, "."))
			continue
		}
		missing = append(missing, missingKeys(path+"."+key, schema.Properties[key], below)...)
	}
	var below []any
	for _, value := range values {
		switch value := value.(type) {
		case []any:
			below = append(below, value...)
		case map[string]any:
			for _, entry := range value {
				below = append(below, entry)
			}
		}
	}
	if items, ok := schema.Items2020, schema.Items2020 != nil; ok {
		missing = append(missing, missingKeys(path+"[]", items, below)...)
	}
	if entries, ok := schema.AdditionalProperties.(*jsonschema.Schema); ok {
		missing = append(missing, missingKeys(path+".NAME", entries, below)...)
	}
	return missing
}

func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("config.schema.json", decoded(t, read(t, schemaFile))); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func decoded(t testing.TB, data []byte) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTheSchemaTakesEveryPolicy(t *testing.T) {
	shape := regexp.MustCompile(policyPattern)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ ]?[0-9]{0,2}( ?, ?)?([0-9]{1,2} ?(s|min|MIN|h|d|W|m|y) ?){0,2}(, ?[0-9]d[0-9]y)?`).Draw(t, "policy")
		if _, err := retention.Parse(text); err == nil && !shape.MatchString(text) {
			t.Fatalf("the schema has no place for the policy %q", text)
		}
	})
}

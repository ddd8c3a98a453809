package config

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

// policyPattern is the shape of a policy: an optional count, then rules.
const policyPattern = `^\s*$|^\s*(\d+|` + rulePattern + `)(\s*,\s*` + rulePattern + `)*\s*$`

const (
	rulePattern = `\d+\s*` + unitPattern + `\s*\d+\s*` + unitPattern
	unitPattern = `([sS]|[mM][iI][nN]|[hH]|[dD]|[wW]|[mM]|[yY])`
)

// durationPattern is the shape of a length of time without a sign.
const durationPattern = `^\s*$|^\s*(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)\s*$`

// generated is the schema of the structs in file.go, with their comments as descriptions.
func generated(t testing.TB) []byte {
	t.Helper()
	comments := commentsOf(t, "file.go")
	reflector := &jsonschema.Reflector{
		Anonymous:                  true,
		RequiredFromJSONSchemaTags: true,
		Namer:                      func(typ reflect.Type) string { return strings.TrimPrefix(typ.Name(), "file") },
		LookupComment:              func(typ reflect.Type, field string) string { return comments[typ.Name()+"."+field] },
		ExpandedStruct:             true,
		Mapper: func(typ reflect.Type) *jsonschema.Schema {
			if typ == reflect.TypeFor[policyText]() {
				return &jsonschema.Schema{Type: "string", Pattern: policyPattern, Examples: []any{"6,1h2d,1d2w,1w3m"}}
			}
			if typ == reflect.TypeFor[fileNotify]() {
				return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string", MinLength: ptr(uint64(1))}, {Ref: "#/$defs/Notify"}}}
			}
			return nil
		},
	}
	schema := reflector.Reflect(file{})
	schema.Title = "IAB config"
	describePolicies(schema, comments["policyText."])
	reflector.Mapper, reflector.DoNotReference = nil, true
	schema.Definitions["Notify"] = reflector.Reflect(fileNotify{})
	schema.Definitions["Notify"].Version = ""
	hosts, _ := schema.Properties.Get("hosts")
	for _, role := range []string{"source", "target"} {
		one := jsonschema.NewProperties()
		one.Set("role", &jsonschema.Schema{Const: role})
		hosts.AllOf = append(hosts.AllOf, &jsonschema.Schema{Contains: &jsonschema.Schema{Properties: one, Required: []string{"role"}}})
	}
	address, _ := schema.Definitions["Host"].Properties.Get("url")
	address.Pattern = `^\s*[hH][tT][tT][pP][sS]://`
	for _, span := range [][3]string{{"IAB", "stallTimeout", "30m"}, {"IAB", "maxPause", "30s"}, {"Instance", "hookTimeout", "1m"}} {
		property, _ := schema.Definitions[span[0]].Properties.Get(span[1])
		property.Pattern, property.Examples = durationPattern, []any{span[2]}
	}
	for _, key := range []string{"healthchecksUrl", "gotifyUrl"} {
		property, _ := schema.Definitions["IAB"].Properties.Get(key)
		property.Pattern = `^\s*$|^\s*[hH][tT][tT][pP][sS]?://`
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ptr[T any](v T) *T { return &v }

// describePolicies adds the grammar to what the fields say of themselves.
func describePolicies(schema *jsonschema.Schema, grammar string) {
	for _, definition := range schema.Definitions {
		for pair := definition.Properties.Oldest(); pair != nil; pair = pair.Next() {
			if pair.Value.Pattern == policyPattern {
				pair.Value.Description += " " + grammar
			}
			if values := pair.Value.AdditionalProperties; values != nil && values.Pattern == policyPattern {
				values.Description = grammar
			}
		}
	}
}

// commentsOf reads the comments of types ("file.") and fields ("file.IAB"), each as one line.
func commentsOf(t testing.TB, path string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	record := func(key string, doc *ast.CommentGroup) {
		if doc == nil {
			t.Errorf("%s has no comment to describe it in the schema", key)
		}
		comments[key] = strings.Join(strings.Fields(doc.Text()), " ")
	}
	for _, declaration := range parsed.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			typ := spec.(*ast.TypeSpec)
			record(typ.Name.Name+".", general.Doc)
			if fields, ok := typ.Type.(*ast.StructType); ok {
				for _, field := range fields.Fields.List {
					record(typ.Name.Name+"."+field.Names[0].Name, field.Doc)
				}
			}
		}
	}
	return comments
}

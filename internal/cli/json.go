package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
)

// writeJSON writes one document, indented for people who read it all the same. The elements of its lists are written one by one: the plan of a large
// fleet is some forty megabytes, which the standard encoder holds several times over. The bytes are the same.
func writeJSON(w io.Writer, value any) error {
	v := reflect.Indirect(reflect.ValueOf(value))
	if _, own := value.(json.Marshaler); own || v.Kind() != reflect.Struct || !hasList(v) {
		return encodeIndented(w, value, "")
	}
	separator := "{"
	for i := range v.NumField() {
		name, shown := shownAs(v.Type().Field(i), v.Field(i))
		if !shown {
			continue
		}
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, separator+"\n  "+string(key)+": "); err != nil {
			return err
		}
		if err := writeField(w, v.Field(i)); err != nil {
			return err
		}
		separator = ","
	}
	if separator == "{" {
		return encodeIndented(w, value, "")
	}
	_, err := io.WriteString(w, "\n}\n")
	return err
}

// hasList reports whether a struct has a list that is worth the trouble, and nothing that this file does not know how to write.
func hasList(v reflect.Value) bool {
	found := false
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous {
			return false
		}
		found = found || isList(v.Field(i))
	}
	return found
}

// isList reports whether a value is a list that is not empty and is written as one.
func isList(v reflect.Value) bool {
	if v.Kind() != reflect.Slice || v.Len() == 0 || v.Type().Elem().Kind() == reflect.Uint8 {
		return false
	}
	_, own := v.Interface().(json.Marshaler)
	return !own
}

// shownAs is the key of a field, if it is written at all.
func shownAs(field reflect.StructField, v reflect.Value) (name string, shown bool) {
	name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
	if !field.IsExported() || name == "-" && options == "" {
		return "", false
	}
	if name == "" {
		name = field.Name
	}
	empty := v.IsZero()
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		empty = v.Len() == 0
	case reflect.Struct:
		return name, !strings.Contains(options, "omitzero") || !isZero(v)
	}
	return name, !strings.Contains(options, "omitempty") || !empty
}

// isZero is what the encoder asks for omitzero.
func isZero(v reflect.Value) bool {
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	return v.IsZero()
}

func writeField(w io.Writer, v reflect.Value) error {
	if !isList(v) {
		return writeInner(w, v.Interface(), "  ")
	}
	separator := "["
	for i := range v.Len() {
		if _, err := io.WriteString(w, separator+"\n    "); err != nil {
			return err
		}
		if err := writeInner(w, v.Index(i).Interface(), "    "); err != nil {
			return err
		}
		separator = ","
	}
	_, err := io.WriteString(w, "\n  ]")
	return err
}

// writeInner writes a value within a document.
func writeInner(w io.Writer, value any, prefix string) error {
	var b bytes.Buffer
	if err := encodeIndented(&b, value, prefix); err != nil {
		return err
	}
	_, err := w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	return err
}

func encodeIndented(w io.Writer, value any, prefix string) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent(prefix, "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

package config

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// decoder fills a struct from JSON whose syntax has been checked, so that reading a token can't fail. Unlike the
// standard decoder it goes on after a problem, and knows where every value stands.
type decoder struct {
	data     []byte
	tokens   *json.Decoder
	problems *problems
}

// decode fills the struct that target points to, and records the place of every value that it knows.
func decode(data []byte, target any, p *problems) {
	d := &decoder{data: data, tokens: json.NewDecoder(bytes.NewReader(data)), problems: p}
	d.value("", reflect.ValueOf(target).Elem())
}

// place is the offset of the next token.
func (d *decoder) place() int {
	at := int(d.tokens.InputOffset())
	return at + len(d.data[at:]) - len(bytes.TrimLeft(d.data[at:], " \t\r\n,:"))
}

// key reads the next key of an object.
func (d *decoder) key() string {
	token, _ := d.tokens.Token()
	key, _ := token.(string)
	return key
}

// bracket reads the opening or closing bracket that comes next.
func (d *decoder) bracket() { _, _ = d.tokens.Token() }

// raw reads the next value as it stands.
func (d *decoder) raw() json.RawMessage {
	var raw json.RawMessage
	_ = d.tokens.Decode(&raw)
	return raw
}

func (d *decoder) value(path string, v reflect.Value) {
	at := d.place()
	d.problems.places[path] = at
	switch opening := d.data[at]; {
	case opening == '[' && v.Kind() == reflect.Slice:
		d.list(path, v)
	case opening == '{' && v.Kind() == reflect.Struct:
		d.object(path, v)
	case opening == '{' && v.Kind() == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct:
		v.Set(reflect.New(v.Type().Elem()))
		d.object(path, v.Elem())
	case opening == '{' && v.Kind() == reflect.Map:
		d.dictionary(path, v)
	default:
		// null is as good as absent: the standard decoder leaves the value as it is.
		raw := d.raw()
		if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil {
			subject := ""
			if path == "" {
				subject = "the config "
			}
			d.problems.add(path, "", "%smust be %s, not %s", subject, wanted(v.Type()), found(raw))
		}
	}
}

func (d *decoder) list(path string, v reflect.Value) {
	d.bracket()
	for i := 0; d.tokens.More(); i++ {
		v.Grow(1)
		v.SetLen(i + 1)
		d.value(element(path, i), v.Index(i))
	}
	d.bracket()
}

// object fills a struct. Keys match without regard to case.
func (d *decoder) object(path string, v reflect.Value) {
	d.bracket()
	seen := map[string]string{}
	for d.tokens.More() {
		at := d.place()
		key := d.key()
		field, name, known := fieldOf(v, key)
		first, again := seen[name]
		switch {
		case !known:
			d.reject(member(path, key), at, nearHint(key, keysOf(v), "the keys here are "), "unknown key")
		case again:
			d.reject(member(path, name), at, "remove one of the two", "the key stands here twice, first as "+quote(first))
		default:
			seen[name] = key
			d.value(member(path, name), field)
		}
	}
	d.bracket()
}

// dictionary fills a map, whose keys are names and count to the letter.
func (d *decoder) dictionary(path string, v reflect.Value) {
	d.bracket()
	v.Set(reflect.MakeMap(v.Type()))
	for d.tokens.More() {
		at := d.place()
		key := d.key()
		if v.MapIndex(reflect.ValueOf(key)).IsValid() {
			d.reject(member(path, key), at, "remove one of the two", "the name stands here twice")
			continue
		}
		entry := reflect.New(v.Type().Elem()).Elem()
		d.value(member(path, key), entry)
		v.SetMapIndex(reflect.ValueOf(key), entry)
	}
	d.bracket()
}

// reject reports a key and passes over its value.
func (d *decoder) reject(path string, at int, hint, text string) {
	d.problems.places[path] = at
	d.problems.add(path, hint, "%s", text)
	d.raw()
}

// fieldOf returns the field that a key names, and the key as it is spelled in file.go.
func fieldOf(v reflect.Value, key string) (field reflect.Value, name string, known bool) {
	for i, name := range keysOf(v) {
		if strings.EqualFold(name, key) {
			return v.Field(i), name, true
		}
	}
	return reflect.Value{}, "", false
}

// keysOf lists the keys of a struct in the order of its fields.
func keysOf(v reflect.Value) []string {
	var keys []string
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		keys = append(keys, name)
	}
	return keys
}

// wanted names what the JSON must hold for a Go type.
func wanted(t reflect.Type) string {
	if t == reflect.TypeFor[fileNotify]() {
		return "a string or an object"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	}
	return "an object"
}

// found names what the JSON holds, without the words of a string: they may be secret.
func found(raw json.RawMessage) string {
	switch raw[0] {
	case '"':
		return "a string"
	case '[':
		return "a list"
	case '{':
		return "an object"
	}
	return strings.Trim(quote(string(raw)), `"`)
}

package internal_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/check"
	"iab/internal/guest"
	"iab/internal/incusos"
	"iab/internal/plan"
	"iab/internal/retention"
	"iab/internal/run"
	"iab/internal/status"
	"iab/internal/verify"
)

// documents are the values that --json prints, by their chapter in docs/json.md.
func documents() map[string]any {
	return map[string]any{
		"Plan":              &plan.Plan{},
		"Report":            &run.Report{},
		"Status":            &status.Report{},
		"Restore points":    &status.Listing{},
		"Restore":           &run.Restores{},
		"Forget":            &run.Forgets{},
		"Restored files":    &run.RestoredFiles{},
		"Verification":      &verify.Report{},
		"Check":             &check.Report{},
		"Explanation":       &retention.Explanation{},
		"Guest information": &guest.Info{}, "Guest keys": &guest.Keys{}, "Guest key": &guest.Entry{}, "Guest devices": &guest.Devices{},
		"Guest meta-data": &guest.Metadata{}, "Guest state": &guest.Reported{}, "Guest event": &guest.Event{}, "Guest image": &guest.Image{},
		"Status of the hosts": &incusos.Status{}, "Archiving the hosts": &incusos.Backup{}, "Archives of the hosts": &incusos.Listing{},
		"Verification of archives": &incusos.Verification{}, "Order to a host": &incusos.Done{}, "Note of an archive": &incusos.Note{},
	}
}

// chapter returns the rows of a chapter's table: the type by key.
func chapter(t *testing.T, title string) map[string]string {
	t.Helper()
	_, text, _ := strings.Cut(manual(t, "docs/json.md"), "\n## "+title+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	types := map[string]string{}
	for _, row := range table(text, "key") {
		types[strings.Trim(row[0], "`")] = row[1]
	}
	return types
}

func TestTheJSONThatIsDocumentedIsTheOneThatIsPrinted(t *testing.T) {
	for title, value := range documents() {
		fill(reflect.ValueOf(value).Elem(), true)
		printed := map[string]string{}
		describe("", encoded(t, value), printed)
		documented := chapter(t, title)
		for key, kind := range documented {
			documented[key] = strings.TrimSuffix(kind, ", optional")
		}
		if diff := cmp.Diff(printed, documented); diff != "" {
			t.Errorf("%s (-printed +docs/json.md):\n%s", title, diff)
		}
	}
}

func TestTheJSONKeysThatMayBeAbsentAreDocumentedAsOptional(t *testing.T) {
	for title, value := range documents() {
		fill(reflect.ValueOf(value).Elem(), false)
		printed := map[string]string{}
		describe("", encoded(t, value), printed)
		for key, kind := range chapter(t, title) {
			if strings.Contains(kind, "object") {
				continue // there even when nothing else is, so that what it holds can be seen
			}
			if _, shown := printed[key]; shown == strings.HasSuffix(kind, ", optional") {
				t.Errorf("%s: %s is printed when it is empty: %t, but docs/json.md says %q", title, key, shown, kind)
			}
		}
	}
}

// fill puts one element into every list of objects below v and an object behind every pointer, so that their keys are
// printed. If values is set, everything else becomes something that is not empty.
func fill(v reflect.Value, values bool) {
	switch v.Interface().(type) {
	case retention.Policy:
		v.Set(reflect.ValueOf(retention.MustParse("1,1h1h")))
		return
	case time.Time:
		if !values {
			return // a zero time is printed unless it may be absent
		}
		v.Set(reflect.ValueOf(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), values)
			}
		}
	case reflect.Slice:
		if values || v.Type().Elem().Kind() == reflect.Struct {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fill(v.Index(0), values)
		}
	case reflect.Map:
		if values || v.Type().Elem().Kind() == reflect.Map {
			element := reflect.New(v.Type().Elem()).Elem()
			fill(element, values)
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(reflect.ValueOf("NAME"), element)
		}
	case reflect.Pointer:
		if !values && v.Type().Elem().Kind() != reflect.Struct {
			return // a number that may be absent
		}
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), values)
	}
	if !values {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(1)
	}
}

func encoded(t *testing.T, value any) any {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if err := json.Unmarshal(data, &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// structured are the keys whose objects have a row of their own; of others only what they hold is listed.
var structured = []string{"items[].drill", "results[].copied", "results[].drill"}

// describe lists what a document holds: the JSON type by path. Times are told from strings.
func describe(path string, value any, into map[string]string) {
	switch value := value.(type) {
	case map[string]any:
		if slices.Contains(structured, path) {
			into[path] = "object"
		}
		for key, below := range value {
			describe(strings.TrimPrefix(path+"."+key, "."), below, into)
		}
	case nil:
		into[path+"[]"] = "null"
	case []any:
		into[path+"[]"] = "list of objects"
		for _, element := range value {
			switch element.(type) {
			case string:
				into[path+"[]"] = "list of strings"
			case float64:
				into[path+"[]"] = "list of numbers"
			}
			describe(path+"[]", element, into)
		}
	case string:
		if _, err := time.Parse(time.RFC3339, value); err == nil {
			into[path] = "time"
		} else if !strings.HasSuffix(path, "[]") {
			into[path] = "string"
		}
	case bool:
		into[path] = "bool"
	case float64:
		if !strings.HasSuffix(path, "[]") {
			into[path] = "number"
		}
	}
}

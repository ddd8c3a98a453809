package retention_test

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"iab/internal/retention"
)

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", " ", "0", "3", "6,1h2d,1d2w", "36,1h2d,1d2w,1w3m", "1min1h", "1m1y", "1minute1h", "1h2d,6", "1h2d,", ",,", "0,1h2d",
		"999999999y999999999y", "1 h 2 d", "1H2D,1h2d", "1.5h2d", "-1", "\xff", "1İ2ſ", "1s290y",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		policy, err := retention.Parse(text)
		var parseError *retention.ParseError
		switch {
		case errors.As(err, &parseError):
			if parseError.Text != text || parseError.Reason == "" || parseError.Hint == "" {
				t.Fatalf("incomplete error: %#v", parseError)
			}
			if strings.ContainsAny(err.Error(), "\n\r") || len(err.Error()) > 1000 {
				t.Fatalf("error is not one short line: %q", err)
			}
			return
		case err != nil:
			t.Fatalf("error is a %T", err)
		}
		again, err := retention.Parse(policy.String())
		if err != nil || !again.Equal(policy) || again.String() != policy.String() {
			t.Fatalf("%q is %q, which is %q, %v", text, policy, again, err)
		}
		if policy.KeepsAll() != (strings.TrimSpace(text) == "") {
			t.Fatalf("%q keeps everything: %t", text, policy.KeepsAll())
		}
		for _, rule := range policy.Rules() {
			for _, span := range []retention.Span{rule.Period, rule.TTL} {
				if span.N < 1 || span.Duration() < time.Second || span.Duration() > 290*365*24*time.Hour {
					t.Fatalf("%q has the span %s, %s", text, span, span.Duration())
				}
			}
		}
	})
}

func FuzzJudge(f *testing.F) {
	seconds := func(values ...int64) []byte {
		var data []byte
		for _, value := range values {
			data = binary.LittleEndian.AppendUint64(data, uint64(value))
		}
		return data
	}
	const now = 1795262400
	f.Add("6,1h2d,1d2w", int64(now), seconds(now, now-900, now-1800, now+60, 0, -1))
	f.Add("", int64(0), seconds(0, 1, -1))
	f.Add("1s290y", int64(math.MaxInt64), seconds(math.MaxInt64, math.MinInt64, 0))
	f.Add("1y290y,3", int64(math.MinInt64), seconds(math.MinInt64, math.MinInt64+1, math.MaxInt64))
	f.Add("1,1y290y", int64(math.MinInt64+5), seconds(math.MinInt64, math.MinInt64+1, math.MaxInt64))
	f.Add("2,1w1m", int64(now), seconds(now, now, now-1, now-1))
	f.Fuzz(func(t *testing.T, text string, now int64, data []byte) {
		policy, err := retention.Parse(text)
		if err != nil {
			return
		}
		var points []retention.Point
		for len(data) >= 8 && len(points) < 200 {
			value := int64(binary.LittleEndian.Uint64(data))
			points = append(points, retention.Point{ID: string(data[:1]), At: time.Unix(value, value&0xfffffff)})
			data = data[8:]
		}
		checkVerdicts(t, policy, time.Unix(now, 0), points)
	})
}

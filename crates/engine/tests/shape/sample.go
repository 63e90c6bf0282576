package inventory

import (
	"errors"
	"fmt"
	"sort"
)

// Item is one kind of thing in stock.
type Item struct {
	Name   string
	Count  int
	Prices map[string]float64
}

var ErrEmpty = errors.New("nothing in stock")

// Cheapest finds the item with the lowest price in a currency.
func Cheapest(items []Item, currency string) (*Item, error) {
	var best *Item
	for index := range items {
		item := &items[index]
		price, ok := item.Prices[currency]
		if !ok || item.Count == 0 {
			continue
		}
		if best == nil || price < best.Prices[currency] {
			best = item
		}
	}
	if best == nil {
		return nil, fmt.Errorf("in %s: %w", currency, ErrEmpty)
	}
	return best, nil
}

func names(items []Item) []string {
	out := make([]string, 0, len(items))
	for _, item := range items {
		out = append(out, item.Name)
	}
	sort.Slice(out, func(a, b int) bool {
		return out[a] < out[b]
	})
	return out
}

func kind(value any) string {
	switch value := value.(type) {
	case string:
		return "text " + value
	case int, int64:
		return "number"
	default:
		return "something"
	}
}

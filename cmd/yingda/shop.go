package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/dialog/action/demo"
	"github.com/yingda/yingda/dialog/action/order"
	"github.com/yingda/yingda/dialog/action/parcel"
	"github.com/yingda/yingda/dialog/action/remote"
	"github.com/yingda/yingda/dialog/desk"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	demodata "github.com/yingda/yingda/training-data/demo"
)

// shop is where orders and parcels are looked up.
type shop struct {
	orders  order.Backend
	parcels parcel.Backend
	close   func()
}

// openShop opens the shop's own systems when their addresses are configured,
// else the demo shop of shop.file, else the built-in one.
func openShop(cfg config.Shop, c clock.Clock) (*shop, error) {
	if cfg.OrderURL != "" || cfg.OrdersURL != "" || cfg.ParcelURL != "" {
		return openRemote(cfg)
	}
	name, source := "shop.yaml", demodata.Shop
	if cfg.File != "" {
		var err error
		if source, err = os.ReadFile(cfg.File); err != nil {
			return nil, fault.Wrap(err, fault.NotFound, "the shop file %s cannot be read", cfg.File)
		}
		name = filepath.Base(cfg.File)
	}
	s, err := demo.Read(name, source, c)
	if err != nil {
		return nil, err
	}
	return &shop{orders: s.Orders(), parcels: s.Parcels(), close: func() {}}, nil
}

func openRemote(cfg config.Shop) (*shop, error) {
	for key, url := range map[string]string{"shop.order_url": cfg.OrderURL, "shop.orders_url": cfg.OrdersURL, "shop.parcel_url": cfg.ParcelURL} {
		if url == "" {
			return nil, fault.In(key, fault.New(fault.Invalid, "is empty; order_url, orders_url and parcel_url belong together"))
		}
	}
	opts := remote.Options{Headers: cfg.Headers, Timeout: cfg.Timeout, AllowPrivate: cfg.AllowPrivate}
	orders, orderErr := order.NewHTTP(order.HTTPOptions{ListURL: cfg.OrdersURL, OrderURL: cfg.OrderURL, UrgeURL: cfg.OrderUrge, Options: opts})
	parcels, parcelErr := parcel.NewHTTP(parcel.HTTPOptions{TrackURL: cfg.ParcelURL, UrgeURL: cfg.ParcelUrge, Options: opts})
	if err := errors.Join(orderErr, parcelErr); err != nil {
		return nil, fault.In("shop", err)
	}
	return &shop{orders: orders, parcels: parcels, close: func() { orders.Close(); parcels.Close() }}, nil
}

// actions registers what flows may call.
func (s *shop) actions() (*action.Registry, error) {
	r := action.NewRegistry()
	err := errors.Join(
		parcel.Register(r, func(string) (parcel.Backend, error) { return s.parcels, nil }),
		order.Register(r, func(string) (order.Backend, error) { return s.orders, nil }),
	)
	return r, err
}

// openOrder reports whether something is still to happen to an order.
func openOrder(s order.State) bool {
	return s == order.Unpaid || s == order.Paid || s == order.Shipped || s == order.Refunding
}

// deskOrders shows a customer's orders to agents.
type deskOrders struct{ orders order.Backend }

var _ desk.Orders = deskOrders{}

// Orders implements desk.Orders.
func (d deskOrders) Orders(ctx context.Context, bot, customer string) ([]desk.Order, error) {
	found, err := d.orders.Orders(ctx, bot, customer)
	if err != nil {
		return nil, err
	}
	out := make([]desk.Order, len(found))
	for i, o := range found {
		out[i] = desk.Order{Number: o.Number, Status: o.State.Name(), Amount: fmt.Sprintf("%d.%02d", o.Amount/100, o.Amount%100), PlacedAt: o.PlacedAt, Open: openOrder(o.State)}
		for k, item := range o.Items {
			if k > 0 {
				out[i].Title += "、"
			}
			out[i].Title += item.Product
		}
		if len(o.Parcels) > 0 {
			out[i].Carrier, out[i].TrackingNumber = parcel.CarrierName(o.Parcels[0].Carrier), o.Parcels[0].Number
		}
	}
	return out, nil
}

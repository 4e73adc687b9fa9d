"""Broken rules of the checkout. Each class's docstring is the rule; `sentence` is what the member reads."""


class CheckoutRule(Exception):
    """A rule of the checkout was broken. No money moved because of this request."""

    sentence = "No se pudo continuar. No se cobró nada."


class IllegalMove(CheckoutRule):
    """States move only along the table in payments/states.py."""

    sentence = "Esta operación ya no es posible en el estado actual del pedido. No se cobró nada."


class OrderNotPayable(CheckoutRule):
    """Only an unfinished order that has not lapsed can be paid."""

    sentence = "Este pedido ya no se puede pagar. No se cobró nada."


class PaymentInDoubt(CheckoutRule):
    """While a charge is being verified, nothing else of its order moves."""

    sentence = "Estamos verificando su pago; no vuelva a pagar."

<?php

declare(strict_types=1);

/**
 * What a Laravel controller does with a delivery, without the framework. In Laravel the body is
 * `$request->getContent()` and the header `$request->header('X-Pocketsflow-Signature')`; the route
 * must be exempt from CSRF.
 */
final class WebhookController
{
    public function __construct(private readonly Members $members, private readonly string $secret)
    {
    }

    /** Returns the status of the answer. The signature is that of the bytes as they came in. */
    public function __invoke(string $body, string $signature): int
    {
        if (!hash_equals(hash_hmac('sha256', $body, $this->secret), $signature)) {
            return 401;
        }
        $event = json_decode($body, true, 64, JSON_THROW_ON_ERROR);
        $email = $event['customer']['email'] ?? null;
        if ($email === null) {
            return 200;
        }
        $delivery = "{$event['event']}/{$event['timestamp']}/$email";
        $this->members->once($delivery, $email, fn (array $member): array => match ($event['event']) {
            'order.completed' => ['course' => true] + $member,
            'order.refunded' => ['course' => false] + $member,
            'customer.subscription.created',
            'customer.subscription.updated',
            'customer.subscription.deleted' => ['status' => $event['subscription']['status']] + $member,
            default => $member,
        });

        return 200;
    }
}

<?php

declare(strict_types=1);

// php -S 0.0.0.0:3000 public/index.php

require __DIR__ . '/../src/Members.php';
require __DIR__ . '/../src/WebhookController.php';

$members = new Members(getenv('MEMBERS_FILE') ?: sys_get_temp_dir() . '/members.json');
$secret = getenv('POCKETSFLOW_WEBHOOK_SECRET') ?: 'whsec_pocketsflow_emulator';
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);

if ($_SERVER['REQUEST_METHOD'] === 'POST' && $path === '/webhooks') {
    $webhook = new WebhookController($members, $secret);
    http_response_code($webhook(file_get_contents('php://input'), $_SERVER['HTTP_X_POCKETSFLOW_SIGNATURE'] ?? ''));
} elseif (str_starts_with($path, '/members/')) {
    header('Content-Type: application/json');
    echo json_encode($members->read(urldecode(substr($path, strlen('/members/')))));
} else {
    http_response_code(404);
}

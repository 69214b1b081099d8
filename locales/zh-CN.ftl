# 每个键一条文案;两个文件的键相同(有测试检查)。
sign-in = 请先登录。
forbidden = 您无权访问。
not-found = 未找到您可查看的内容。
internal = 系统出现问题,咨询时请提供编号:{ $requestId }
unavailable = 所需的服务暂时没有响应,请重试。
first = `first` 必须在 1 到 { $max } 之间。
cursor = 游标不属于此列表,请去掉 `after` 重新开始。
id = 应为形如 { $expected }_01J… 的标识。
length = 文字长度须为 1 到 { $max } 个字符。
too-many-ids = 一次最多 { $max } 个标识。
token = 令牌无效。
key-length = 幂等键长度须为 1 到 { $max } 个字符。
key-reused = 此幂等键已用于其他内容。
key-in-progress = 使用此幂等键的首个请求尚未结束,请重试。
invalid-transition = 当前状态 { $from } 不能执行 { $action }。
version-conflict = 内容已被更新,当前版本为 { $version }。
vehicle-unavailable = 该车已不可用。
insufficient-points = 可用积分 { $available },需要 { $needed }。

# edge
http-accept = 响应格式为 application/json、application/graphql-response+json 或 text/event-stream，`accept` 须允许其中之一。
http-content-type = 请求体须为 JSON，并带有 `content-type: application/json`。
http-body-size = 请求体最多 { $max } 字节。
http-body-time = 请求体未按时送达。
http-json = 请求不符合 GraphQL over HTTP 规范：须为含 `query`、`operationName`、`variables` 的 JSON。
http-query = 缺少 `query`。
http-method = 此处不支持 { $method }，请使用 GET 或 POST。
http-get-mutation = 变更操作须使用 POST。
http-subscription = 订阅须使用 `accept: text/event-stream`，或连接 /graphql/ws 的 WebSocket。
ws-operations = 每个连接同时最多 { $max } 个操作。

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

# values
required = 此项必填。
too-long = 最多 { $max } 个字符。
control-character = 文字含有无法显示的字符。
phone = 不是中国大陆手机号。
person-name = 不是有效的姓名。
latitude = 纬度须在 -90 到 90 之间。
longitude = 经度须在 -180 到 180 之间。
radius = 半径须大于 0 公里。
city-code = 应为六位城市代码,例如 310100。
email = 不是有效的电子邮箱。
vin = 不是带校验位的 17 位车辆识别代号。
month = 月份须为 1 到 12。
locale = 不支持的语言,请使用 `zh-CN` 或 `en`。

# customer
consent-withdraw-which = 请指定用途或某一项同意,二者选一。
account-open-order = 有订单正在进行,账户仍需使用。
account-open-loan = 有贷款未结清,账户仍需使用。
account-points-dispute = 有积分争议未解决,账户仍需使用。

# lead
lead-consent-share = 该门店为独立公司,请先同意向其提供个人信息(SHARE_WITH_DEALER)。
lead-consent-twice = 同一用途重复提交。
lead-consents-max = 最多 { $max } 项同意。
lead-assign-whom = 请指定门店或其员工。
lead-assign-own-store = 只能在本门店内分配。
lead-note-needed = 请在备注中说明原因。
lead-closed = 该线索未在跟进中。
follow-up-due = 时间须在未来 { $days } 天之内。

# catalog
configuration-unknown-option = 该车型没有选装 { $options }。
configuration-one-of-group = { $group }只能选一项,已选:{ $options }。
configuration-group-required = 请选择{ $group }。
configuration-requires = { $options } 需要同时选择 { $wanted }。
configuration-excludes = 以下选项不能同时选择:{ $options }。
configuration-only-with-trim = { $options } 仅适用于 { $wanted }。
configuration-blocked = 所选配置违反规则 { $rules }:{ $message }
no-price = 该版本暂无价格。
too-many-options = 一次最多 { $max } 个选装。
compare-count = 请给出 2 到 4 个不同的版本。
trim-or-configuration = 请给出 `trimId` 与 `optionCodes`,或 `configurationId`,二者择一。
id-or-code = 请给出 `id` 或 `code`,二者择一。
not-on-sale = 该版本未在售。
spec-model-year = 年款
spec-powertrain = 动力类型
spec-drive = 驱动方式
spec-battery = 电池容量
spec-cltc-range = 纯电续航(CLTC)
spec-total-range = 综合续航
spec-acceleration = 百公里加速
spec-seats = 座位数
powertrain-bev = 纯电
powertrain-erev = 增程
powertrain-phev = 插电混动
drive-all = 四驱
drive-two = 两驱

# inventory
near-missing = 按距离排序需要提供 `near`。
summary-filter = 客户只能按配置、车型、城市和大区查询。

# order
order-text = 请填写 1 到 { $max } 个字符，不含控制字符。
order-moment = 时间须在 { $from } 与现在之间。
order-forecast = `p90` 不得早于 `p50`，且仅在 DELAYED 时可填预测。
order-buyer = 签订合同需要购车人姓名。
order-trim-off-sale = 该车型已停止接单。
order-consent = 向该门店提供您的信息需要您的同意。
order-consent-unknown = 该同意书不属于您，或已撤回。
price-changed = 总价已变为 { $total } 元。
order-deposit-cap = 定金不得超过总价的五分之一。
order-reference-used = 该流水号已登记过。
order-not-under-way = 仅进行中的订单可登记节点，当前状态为 { $status }。
order-milestone-blocked = “{ $milestone }”不能登记为 { $state }。
order-milestone-missing = “{ $milestone }”不能登记为 { $state }，须先完成：{ $missing }。
order-milestone-standing = “{ $milestone }”不能撤回，后续节点已完成：{ $standing }。
order-one-feed = `orderId` 与 `storeId` 须且只须填写一个。
stream-cursor = 请填写该消息流中某条消息的 `cursor`。
stream-one-position = `after` 与 `afterSequence` 只能填写一个。
stream-name = 请填写消息流名称，如 `order:ord_01J…`。
milestone-order-placed = 已下定
milestone-config-locked = 已锁单
milestone-contract-signed = 已签约
milestone-finance-approved = 金融已批
milestone-balance-paid = 尾款已付
milestone-invoiced = 已开票
milestone-insured = 已投保
milestone-plate-ready = 已上牌
milestone-parts-preparing = 零件准备
milestone-scheduled = 已排产
milestone-body = 车身
milestone-paint = 涂装
milestone-assembly = 总装
milestone-off-line = 已下线
milestone-quality-released = 质检合格
milestone-allocated = 已配车
milestone-shipped = 已发运
milestone-in-transit = 运输中
milestone-arrived = 已到店
milestone-pdi-done = 整备完成
milestone-ready = 待提车
milestone-appointment-set = 已预约交付
milestone-handed-over = 已交车
milestone-ownership-transferred = 所有权转移
hold-minutes = 保留时长须为 { $min } 到 { $max } 分钟。
hold-none = 当前没有可释放的保留。
hold-foreign = 只有做出保留的门店或运营人员可以释放。

# loyalty
points-range = 积分须为 1 到 { $max }。
points-days = 天数须为 0 到 { $max }。
points-rule = 没有此代码的积分规则。
points-duplicate = 此来源已按此规则发放过积分。
points-daily-cap = 此规则今天最多还可发放 { $max } 积分。
redemption-which = 请指定兑换品或积分数,二者选一。
redemption-item-unavailable = 该兑换品目前无法兑换。

# webhook
webhook-url = 不是可用的 Webhook 地址：须为 http 或 https，不含用户信息和片段，最多 2000 个字符。
webhook-https = 地址必须使用 https。
webhook-private = 地址必须是公网地址。
webhook-overlap = 重叠时间须为 0 到 { $max } 小时。
webhook-replay-many = 一次须为 1 到 { $max } 条投递。
webhook-replay-dead = 只有死信可以重新投递。

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
connections-all = 连接过多，请稍后再试。
connections-of-caller = 同一调用方同时最多打开 { $max } 个连接。
http-origin = 该来源的页面不可建立连接。
ws-operations = 每个连接同时最多 { $max } 个操作。
stream-token = 缺少流的令牌：`x-graphql-event-stream-token` 或 `?token=`。
stream-unknown = 没有这个流，请先用 PUT 申请。
stream-accept = 打开流须使用 `accept: text/event-stream`。
stream-open = 该流已经打开。
stream-operation = 操作须有标识：POST 时为 `extensions.operationId`，DELETE 时为 `?operationId=`。
stream-operation-runs = 该流上已有同一标识的操作。

# events in
ingest-specversion = `specversion` 必须为 1.0。
ingest-attribute = 须为 1 至 255 个字符的文本，不含控制字符，首尾无空格。
ingest-time = 须为 RFC 3339 时间，例如 2026-11-24T12:00:00Z。
ingest-sequence = 须为不小于 0 的整数。
ingest-data-json = 数据须为 JSON。
ingest-data-object = `data` 须为对象。
ingest-shape = 缺失、类型不符，或不在该类型的结构中；`milepost events TYPE` 可打印结构。
ingest-number = 须在 { $min } 至 { $max } 之间。
ingest-subject = `subject` 与数据所指不符：{ $subject }。
ingest-unknown-type = 没有事件类型 { $type }。
ingest-type-not-allowed = 该系统未登记事件类型 { $type }。
ingest-source-not-allowed = 该系统未登记此来源。
ingest-id-conflict = 该来源和 id 曾以不同内容到达；更正须作为新事件发送。
ingest-foreign = 此项属于该系统无权代表的组织。
ingest-waits-reference = 等待尚未到达的 { $subject }。
ingest-waits-milestone = 等待 { $missing }。
ingest-waits-rollback = 等待将被撤回的节点，以及须先撤回的后续节点：{ $standing }。
ingest-outdated = 同一主体的更新事件已先被应用。
ingest-once = 此事此前已以另一事件编号处理过。
ingest-time-ahead = `time` 在未来；时钟误差至多五分钟。
ingest-nul = 文本中不能含有字符 U+0000。
ingest-far-time = 时间须在 1900 年至 2199 年之间。
ingest-key = 用来指称事物的值至多 255 个字符，不含控制字符，首尾无空格。
ingest-plant = 不是工厂。
ingest-store = 存储拒绝了某个值。
ingest-method = 此处只支持 POST。
ingest-content-type = 请求体须为单个事件（`content-type: application/cloudevents+json`）或事件数组（`application/cloudevents-batch+json`）。
ingest-role = 只接收 PARTNER_SYSTEM 角色系统的事件。
ingest-unknown-system = 该系统未登记或已停用。
ingest-unsigned = 请携带令牌，或为请求体签名：`milepost-system`、`webhook-id`、`webhook-timestamp` 和 `webhook-signature`。
ingest-signature-id = `webhook-id` 须为 1 至 255 个字符且不含句点。
ingest-signature-time = `webhook-timestamp` 与当前时间相差过大，或不是秒数。
ingest-signature = 签名与该请求体及该系统的密钥不符。
ingest-body-size = 请求体最多 { $max } 字节；请分多次发送。
ingest-too-many = 每次请求最多 { $max } 个事件；请分多次发送。
ingest-json = 请求体不是 JSON。
ingest-one = 请求体须为单个事件对象。
ingest-batch = 请求体须为事件数组。
ingest-busy = 同时到达的事件过多；请稍后重发。
ingest-unavailable = 事件未能接收；已完成的均有记录，可安全地全部重发。
ingest-body-broken = 请求体未完整到达。
ingest-own-parent = 组织不能以自身为上级。
ingest-hour = 须为形如 09:30 的时刻。
ingest-role-store = 顾问与店长须属于门店，运营人员不属于门店。
ingest-taken = 已被占用。
ingest-most = 数量须为 1 至 { $max }。
ingest-twice = 同一代码出现两次。
ingest-before = 结束早于开始。
ingest-past = 须为将来的时间。
ingest-unknown-code = 该车型没有此代码。
ingest-other-store = 属于其他门店。
ingest-order-fixed = 下单后不可更改；如需更改请走变更申请。
ingest-configuration = 选装不能同时选择，或该版本不提供。
ingest-waits-consent = 等待其所撤回的同意。
ingest-waits-allocation = 等待该车分配至该订单。
ingest-waits-release = 等待现有分配被释放。
ingest-other-trim = 该车与订单版本不同。
ingest-waits-transfer = 等待调拨开始。
ingest-week = 须为形如 2026-W48 的周。
ingest-said = { $said }
ingest-lead-known = 三十天内已有该号码与车型的线索。
ingest-lead-fixed = 线索的号码与车型不可更改。
ingest-not-here = 与阶段不符。
ingest-waits-store = 等待线索分配门店。

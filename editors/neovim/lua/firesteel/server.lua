--- The language client: its configuration, its handlers, and how the rest of the plugin reaches it.

local attach = require('firesteel.attach')
local config = require('firesteel.config')

local M = {}

M.name = 'firesteel'

--- How many columns a text to read has beside the code; where there are fewer, it is shown below.
local MIN_COLUMNS = 60

--- How long Neovim may collect changes before it tells the server, in milliseconds; its own default is 150.
local DEBOUNCE_MS = 10

--- The changedtick of each buffer after our last hunk, by buffer.
---@type table<integer, integer>
local ticks = {}

--- The buffer of an edit that is in one document only, and the version that it is for.
---@param params lsp.ApplyWorkspaceEditParams
---@return integer? bufnr, integer? version
local function only_buffer(params)
  local documents = {}
  for uri in pairs(params.edit.changes or {}) do
    table.insert(documents, { uri = uri })
  end
  for _, change in ipairs(params.edit.documentChanges or {}) do
    table.insert(documents, change.textDocument or false)
  end
  local only = #documents == 1 and documents[1]
  if only then
    return attach.bufnr(M.name, only.uri), type(only.version) == 'number' and only.version or nil
  end
end

--- Applies an edit; of what has no name Neovim would make another buffer.
local function apply(edit, offset_encoding)
  local named = {}
  for _, change in ipairs(edit.documentChanges or {}) do
    local bufnr = change.edits and change.textDocument.uri == attach.UNNAMED and attach.bufnr(M.name, attach.UNNAMED)
    if bufnr then
      vim.lsp.util.apply_text_edits(change.edits, bufnr, offset_encoding)
    else
      table.insert(named, change)
    end
  end
  if edit.changes or #named > 0 then
    vim.lsp.util.apply_workspace_edit({ changes = edit.changes, documentChanges = #named > 0 and named or nil }, offset_encoding)
  end
end

--- Applies a hunk. It joins the undo step of the hunk before it unless the user changed the buffer in between: then
--- joining would undo what the user typed as well.
local function apply_edit(_, params, ctx)
  local client = assert(vim.lsp.get_client_by_id(ctx.client_id))
  local bufnr, version = only_buffer(params)
  local loaded = bufnr and vim.api.nvim_buf_is_loaded(bufnr)
  -- Neovim would drop it and say that it was applied.
  if loaded and version and (vim.lsp.util.buf_versions[bufnr] or 0) > version then
    return { applied = false, failureReason = 'the buffer is newer' }
  end
  if config.options.join_undo and loaded and ticks[bufnr] == vim.b[bufnr].changedtick then
    vim.api.nvim_buf_call(bufnr, function()
      -- Refused after an undo; then the hunk is a step of its own.
      pcall(vim.cmd.undojoin)
    end)
  end
  local applied, problem = pcall(apply, params.edit, client.offset_encoding)
  if loaded then
    ticks[bufnr] = vim.b[bufnr].changedtick
  end
  return { applied = applied, failureReason = not applied and tostring(problem) or nil }
end

--- The window of this tab page that shows a text to read; none once the user has put something else there.
local function reading_window()
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    if window ~= vim.api.nvim_get_current_win() and vim.b[vim.api.nvim_win_get_buf(window)].firesteel_reading then
      return window
    end
  end
end

--- Shows a text to read beside the code, in the same window each time; the cursor stays in the code.
---@param uri string
local function show_beside(uri)
  local bufnr = vim.uri_to_bufnr(uri)
  vim.fn.bufload(bufnr)
  local window = reading_window()
  if window then
    vim.api.nvim_win_set_buf(window, bufnr)
  else
    local is_float = vim.api.nvim_win_get_config(0).relative ~= ''
    local is_wide = vim.api.nvim_win_get_width(0) > 2 * MIN_COLUMNS
    -- A floating window cannot be split.
    window = vim.api.nvim_open_win(bufnr, false, { split = is_wide and 'right' or 'below', win = is_float and -1 or 0 })
  end
  vim.b[bufnr].firesteel_reading = true
  vim.bo[bufnr].modifiable = false
  -- The server removes the file once it is closed.
  vim.bo[bufnr].bufhidden = 'wipe'
  for option, value in pairs({ wrap = true, linebreak = true, number = false, relativenumber = false, conceallevel = 2 }) do
    vim.api.nvim_set_option_value(option, value, { win = window, scope = 'local' })
  end
  return { success = true }
end

--- Goes to a place; of what has no name Neovim would open another buffer. What is only to be read is shown beside.
local function show_document(err, params, ctx)
  if not params.external and not params.takeFocus and not params.selection then
    return show_beside(params.uri)
  end
  local bufnr = params.uri == attach.UNNAMED and attach.bufnr(M.name, params.uri)
  local window = bufnr and vim.fn.bufwinid(bufnr) or -1
  if window == -1 or not params.selection then
    return vim.lsp.handlers['window/showDocument'](err, params, ctx)
  end
  local client = assert(vim.lsp.get_client_by_id(ctx.client_id))
  local place = params.selection.start
  local line = vim.api.nvim_buf_get_lines(bufnr, place.line, place.line + 1, false)[1] or ''
  local column = vim.str_byteindex(line, client.offset_encoding, place.character, false)
  vim.api.nvim_win_set_cursor(window, { math.min(place.line + 1, vim.api.nvim_buf_line_count(bufnr)), column })
  return { success = true }
end

local function progress(err, params, ctx)
  if require('firesteel.partial').take(params) then
    return
  end
  return vim.lsp.handlers['$/progress'](err, params, ctx)
end

--- Which messages are read by ourselves; all others are Neovim's.
local handlers = {
  ['workspace/applyEdit'] = apply_edit,
  ['$/progress'] = progress,
  ['window/showDocument'] = show_document,
  ['firesteel/status'] = function(_, params)
    require('firesteel.statusline').update(params)
  end,
}

--- Whether the server is to run.
local is_enabled = false

--- Why no server can be started, in a line for the user; nil where one can.
---@type string?
M.problem = nil

--- Says what is wrong with the server, and what to do.
function M.tell_problem()
  vim.notify(('Firesteel: %s. Install it with %s; `:checkhealth firesteel` says more.'):format(M.problem, config.INSTALL), vim.log.levels.WARN)
end

--- Makes the configuration known and has Neovim start the server.
local function start()
  local options = config.options
  vim.lsp.config(M.name, {
    cmd = config.command(),
    filetypes = options.filetypes,
    root_dir = attach.root_dir(M.name, options.root_markers),
    -- An empty table would be sent as a list.
    init_options = next(options.settings) and options.settings or nil,
    -- So that an edit names the version that it is for, and none lands beside its place while the user types.
    capabilities = { workspace = { workspaceEdit = { documentChanges = true } } },
    -- The next hunk of an edit waits until the server has heard of the one before.
    flags = { debounce_text_changes = DEBOUNCE_MS },
    handlers = handlers,
    before_init = function(params)
      local experimental = params.capabilities.experimental or {}
      params.capabilities.experimental = vim.tbl_extend('force', experimental, { firesteelStatus = true })
    end,
    on_attach = function(client, bufnr)
      require('firesteel.inline').attach(client, bufnr)
    end,
  })
  vim.lsp.enable(M.name)
  attach.watch(M.name, function()
    return is_enabled and not options.filetypes
  end)
end

--- Starts the server in the buffers that it is for, once it has said that it is one; where there is none, that is said.
function M.enable()
  is_enabled = true
  config.check(function(why)
    M.problem = why
    if why then
      M.tell_problem()
    elseif is_enabled then
      start()
    end
  end)
end

--- The client of a buffer, or of any buffer.
---@param bufnr? integer
---@return vim.lsp.Client?
function M.client(bufnr)
  return vim.lsp.get_clients({ name = M.name, bufnr = bufnr })[1] or vim.lsp.get_clients({ name = M.name })[1]
end

--- The commands that the running server has.
---@return string[]
function M.commands()
  local client = M.client()
  local provider = client and client.server_capabilities.executeCommandProvider
  return provider and provider.commands or {}
end

--- Sends a command to the server; what it answers goes to `callback`, what it refuses to the user.
---@param command string
---@param arguments any[]
---@param callback? fun(result: any)
function M.execute(command, arguments, callback)
  if M.problem then
    return M.tell_problem()
  end
  local client = M.client(0)
  if not client then
    return vim.notify('Firesteel: the server is not running here', vim.log.levels.WARN)
  end
  if not vim.list_contains(M.commands(), command) then
    return vim.notify(('Firesteel: this server has no %s'):format(command), vim.log.levels.WARN)
  end
  client:request('workspace/executeCommand', { command = command, arguments = arguments }, function(err, result)
    if err then
      vim.notify(('Firesteel: %s'):format(err.message), vim.log.levels.WARN)
    elseif callback then
      callback(result)
    end
  end)
end

--- Stops the server; `vim.lsp.enable` starts it again.
function M.stop()
  is_enabled = false
  vim.lsp.enable(M.name, false)
  for _, client in ipairs(vim.lsp.get_clients({ name = M.name })) do
    client:stop()
  end
end

--- How often it is looked whether the old server has gone, and for how long, in milliseconds.
local POLL_MS, STOP_TIMEOUT_MS = 50, 5000

--- Starts the server anew once the old one has gone.
function M.restart()
  M.stop()
  local waited = 0
  local function start()
    waited = waited + POLL_MS
    if waited < STOP_TIMEOUT_MS and #vim.lsp.get_clients({ name = M.name }) > 0 then
      return vim.defer_fn(start, POLL_MS)
    end
    M.enable()
  end
  start()
end

return M
